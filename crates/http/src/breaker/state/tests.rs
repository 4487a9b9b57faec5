//! The circuit against any order of calls, outcomes and times.

use proptest::prelude::*;

use super::*;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_unix_secs(1_795_200_000).plus(Duration::from_millis(millis))
}

fn policy(jitter: Jitter) -> BreakerPolicy {
    BreakerPolicy {
        failures_to_open: 3,
        first_pause: Duration::from_secs(2),
        max_pause: Duration::from_secs(10),
        jitter,
    }
}

fn call(state: &mut CircuitState, now: Timestamp) -> Ticket {
    match state.admit(now) {
        Admission::Call(ticket) => ticket,
        Admission::Refused { .. } => panic!("refused at {now}"),
    }
}

const DOWN: Verdict = Verdict::Failed("timeout");

/// Opens a circuit at 0 s for 2 s.
fn opened() -> CircuitState {
    let mut state = CircuitState::new(policy(Jitter::None));
    for _ in 0..3 {
        let ticket = call(&mut state, at(0));
        state.settle(at(0), ticket, DOWN, 1.0);
    }
    state
}

#[test]
fn the_pause_doubles_up_to_its_cap_and_starts_small_again_after_a_success() {
    let mut state = opened();
    let (mut now, mut pauses) = (0, Vec::new());
    for _ in 0..4 {
        let (since, until) = state.span().unwrap();
        assert_eq!(since, at(0), "open since the first opening");
        pauses.push(until.since(at(now)).as_secs());
        now += until.since(at(now)).as_millis() as u64;
        let probe = call(&mut state, at(now));
        state.settle(at(now), probe, DOWN, 1.0);
    }
    assert_eq!(pauses, [2, 4, 8, 10]);
    now += 10_000;
    let probe = call(&mut state, at(now));
    assert_eq!(
        state.settle(at(now), probe, Verdict::Answered, 1.0),
        Some(Turn::Closed)
    );
    assert_eq!(state.circuit(at(now)), Circuit::Closed);
    for _ in 0..2 {
        let ticket = call(&mut state, at(now));
        assert_eq!(state.settle(at(now), ticket, DOWN, 1.0), None);
    }
    let ticket = call(&mut state, at(now));
    let pause = Duration::from_secs(2);
    assert_eq!(
        state.settle(at(now), ticket, DOWN, 1.0),
        Some(Turn::Opened { pause })
    );
}

#[test]
fn a_clock_that_is_set_back_does_not_keep_the_circuit_open() {
    let mut state = opened();
    assert_eq!(state.circuit(at(1)), Circuit::Open);
    let an_hour_ago = at(0).minus(Duration::from_secs(3600));
    assert!(call(&mut state, an_hour_ago).is_probe);
}

#[test]
fn half_of_a_pause_is_left_to_chance() {
    for (chance, millis) in [(0.0, 1000), (0.5, 1500), (1.0, 2000)] {
        let mut state = CircuitState::new(policy(Jitter::Full));
        let mut turn = None;
        for _ in 0..3 {
            let ticket = call(&mut state, at(0));
            turn = state.settle(at(0), ticket, DOWN, chance);
        }
        let pause = Duration::from_millis(millis);
        assert_eq!(turn, Some(Turn::Opened { pause }));
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Call,
    /// Of the calls under way, the one at this place ends.
    End(usize, Verdict),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![
        4 => Just(DOWN),
        2 => Just(Verdict::Answered),
        1 => Just(Verdict::None)
    ];
    let step = prop_oneof![
        2 => (0_u64..4000).prop_map(Step::Wait),
        4 => Just(Step::Call),
        4 => (0_usize..8, verdict).prop_map(|(at, verdict)| Step::End(at, verdict)),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn whatever_happens_one_probe_at_a_time_and_never_stuck(steps in steps(), chance in 0.0..1.0_f64) {
        let mut state = CircuitState::new(policy(Jitter::Full));
        let mut now = 0;
        let mut under_way: Vec<Ticket> = Vec::new();
        let mut in_a_row = 0;
        for step in steps {
            match step {
                Step::Wait(millis) => now += millis,
                Step::Call => {
                    let circuit = state.circuit(at(now));
                    let until = state.open_until(at(now));
                    let probes = under_way.iter().filter(|t| t.is_probe && t.era == state.era).count();
                    match state.admit(at(now)) {
                        Admission::Call(ticket) => {
                            prop_assert!(circuit != Circuit::Open);
                            prop_assert_eq!(until, None);
                            prop_assert_eq!(ticket.is_probe, circuit == Circuit::HalfOpen);
                            prop_assert_eq!(probes, 0, "one at a time");
                            under_way.push(ticket);
                        }
                        Admission::Refused { retry_after } => {
                            prop_assert!(circuit != Circuit::Closed);
                            prop_assert!(circuit == Circuit::Open || probes == 1, "nobody is out, and still refused");
                            prop_assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_secs(10));
                            prop_assert_eq!(until, Some(at(now).plus(retry_after)));
                        }
                    }
                }
                Step::End(place, verdict) => {
                    if under_way.is_empty() { continue; }
                    let ticket = under_way.remove(place % under_way.len());
                    let (was, counts) = (state.circuit(at(now)), ticket.era == state.era);
                    let turn = state.settle(at(now), ticket, verdict, chance);
                    if !counts {
                        prop_assert_eq!(turn, None, "a call from before changes nothing");
                        prop_assert_eq!(state.circuit(at(now)), was);
                        continue;
                    }
                    match verdict {
                        Verdict::Answered => in_a_row = 0,
                        Verdict::Failed(_) => in_a_row += 1,
                        Verdict::None => {}
                    }
                    let expected = match (was, verdict) {
                        (_, Verdict::None) => was,
                        (_, Verdict::Answered) => Circuit::Closed,
                        (Circuit::Closed, _) if in_a_row < 3 => Circuit::Closed,
                        _ => Circuit::Open,
                    };
                    prop_assert_eq!(state.circuit(at(now)), expected);
                    prop_assert_eq!(state.failures_in_a_row(), in_a_row);
                }
            }
        }
        // Whatever happened: once the pause is over and the probe has come back, a call is let through.
        for ticket in under_way {
            state.settle(at(now), ticket, Verdict::None, chance);
        }
        let admitted = matches!(state.admit(at(now + 10_000)), Admission::Call(_));
        prop_assert!(admitted);
    }
}
