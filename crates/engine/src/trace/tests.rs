use super::*;

const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn the_example_of_the_standard_is_read_and_written_as_it_stands() {
    let place: TraceParent = EXAMPLE.parse().unwrap();
    assert_eq!(place.to_string(), EXAMPLE);
    assert!(place.is_sampled());
    assert_eq!(place.trace_id(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    assert_eq!(place.span_id(), 0x00f0_67aa_0ba9_02b7);
}

#[test]
fn what_is_no_traceparent_is_none() {
    let head = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    for odd in [
        "",
        "00",
        head,
        &format!("{head}-1"),
        &format!("{head}-011"),
        &format!("{head}-01-more"),
        &format!("{head}-0g"),
        &format!(" {EXAMPLE}"),
        &EXAMPLE.to_uppercase(),
        &EXAMPLE.replace("4bf9", "+bf9"),
        &EXAMPLE.replace("4bf9", "é9"),
        &format!("ff{}", &EXAMPLE[2..]),
        &format!("0x{}", &EXAMPLE[2..]),
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        &"é".repeat(40),
    ] {
        assert_eq!(odd.parse::<TraceParent>(), Err(NotATraceParent), "{odd}");
    }
}

#[test]
fn a_later_version_is_read_as_far_as_it_is_like_this_one_and_its_flags_are_dropped() {
    for later in [
        format!("cc{}", &EXAMPLE[2..]),
        format!("cc{}-what-the-future-brings", &EXAMPLE[2..]),
        EXAMPLE.replace("-01", "-03"),
    ] {
        let place: TraceParent = later.parse().unwrap();
        assert_eq!(place.to_string(), EXAMPLE, "{later}");
    }
    let unlike = format!("cc{}.what", &EXAMPLE[2..]);
    assert_eq!(unlike.parse::<TraceParent>(), Err(NotATraceParent));
}

#[test]
fn a_child_is_another_place_in_the_same_trace() {
    let place: TraceParent = EXAMPLE.parse().unwrap();
    let child = place.child();
    assert_eq!(child.trace_id(), place.trace_id());
    assert_ne!(child.span_id(), place.span_id());
    assert!(child.is_sampled());
    let begun = TraceParent::begin();
    assert_eq!(begun.to_string().parse(), Ok(begun));
    assert!(!begun.is_sampled(), "nobody has recorded it");
}

#[tokio::test]
async fn work_is_in_the_trace_it_was_begun_in_also_in_a_task_of_its_own() {
    assert_eq!(current(), None);
    let parent: TraceParent = EXAMPLE.parse().unwrap();
    let (here, there) = run(Span::none(), Some(parent), async {
        let there = tokio::spawn(carried(async { current() }));
        (current(), there.await.unwrap())
    })
    .await;
    let here = here.expect("there is one");
    assert_eq!(here.trace_id(), parent.trace_id());
    assert_ne!(here.span_id(), parent.span_id());
    assert_eq!(there, Some(here));
    assert_eq!(current(), None);

    let new = run(Span::none(), None, async { current() }).await;
    assert_ne!(new.expect("one is begun").trace_id(), parent.trace_id());
}
