//! The vendors, the agenda, and the hand that works through it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use idv_core::{Clock, Timestamp, Transport};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::deliver::Parcel;
use super::{NoSuchScenario, UnderWay, Watch};
use crate::agenda::Agenda;
use crate::chaos::{CallFault, Chaos, Chooser, DeliveryFault};
use crate::scenario::{Act, Library, Step};
use crate::speed::Speed;
use crate::virtual_clock::VirtualClock;
use crate::{Begun, Outgoing, Vendor, VendorKind};

/// The longest wait of the driver. A clock that is set forward is noticed after so long.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What a simulator is made of.
pub(super) struct Parts {
    pub(super) vendors: BTreeMap<VendorKind, Arc<dyn Vendor>>,
    pub(super) library: Library,
    pub(super) usual: BTreeMap<VendorKind, String>,
    pub(super) chaos: Chaos,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) virtual_clock: Option<Arc<VirtualClock>>,
    pub(super) deliver_through: Arc<dyn Transport>,
    pub(super) watchers: Vec<Arc<dyn Watch>>,
    pub(super) speed: Speed,
}

pub(super) struct Inner {
    pub(super) vendors: BTreeMap<VendorKind, Arc<dyn Vendor>>,
    pub(super) library: Library,
    usual: BTreeMap<VendorKind, String>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) virtual_clock: Option<Arc<VirtualClock>>,
    pub(super) deliver_through: Arc<dyn Transport>,
    pub(super) watchers: Vec<Arc<dyn Watch>>,
    speed: Speed,
    state: Mutex<State>,
    changed: Notify,
}

pub(super) struct State {
    pub(super) agenda: Agenda<Due>,
    pub(super) chooser: Chooser,
    /// What scenarios say about the next calls.
    pub(super) scripted_calls: BTreeMap<VendorKind, Vec<CallFault>>,
    pub(super) under_way: UnderWay,
    /// By object: the scenario that was begun last. Steps of an earlier one are not played any more.
    begun_last: BTreeMap<(VendorKind, String), u64>,
    begun: u64,
    /// By object: the first webhook ever sent about it, and the last step's.
    first: BTreeMap<(VendorKind, String), Outgoing>,
    last: BTreeMap<(VendorKind, String), Vec<Outgoing>>,
}

/// Something that is due.
pub(super) enum Due {
    Play(Play),
    Deliver(Parcel),
}

/// A scenario that is under way, from one of its steps on.
pub(super) struct Play {
    vendor: VendorKind,
    object: String,
    begun: u64,
    steps: std::collections::VecDeque<Step>,
}

impl Inner {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            vendors: parts.vendors,
            library: parts.library,
            usual: parts.usual,
            clock: parts.clock,
            virtual_clock: parts.virtual_clock,
            deliver_through: parts.deliver_through,
            watchers: parts.watchers,
            speed: parts.speed,
            state: Mutex::new(State {
                agenda: Agenda::default(),
                chooser: Chooser::new(parts.chaos),
                scripted_calls: BTreeMap::new(),
                under_way: UnderWay::default(),
                begun_last: BTreeMap::new(),
                begun: 0,
                first: BTreeMap::new(),
                last: BTreeMap::new(),
            }),
            changed: Notify::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn delay(&self, secs: u64) -> Duration {
        self.speed.delay(secs)
    }

    pub(super) fn begin(
        &self,
        vendor: VendorKind,
        object: &str,
        scenario: &str,
    ) -> Result<(), NoSuchScenario> {
        let Some(found) = self.library.find(vendor, scenario) else {
            let known: Vec<_> = self.library.of(vendor).map(|s| s.name.as_str()).collect();
            return Err(NoSuchScenario {
                vendor,
                name: scenario.to_owned(),
                known: known.join(", "),
            });
        };
        let mut state = self.state();
        state.begun += 1;
        let begun = state.begun;
        let key = (vendor, object.to_owned());
        state.begun_last.insert(key, begun);
        let play = Play {
            vendor,
            object: object.to_owned(),
            begun,
            steps: found.steps.iter().cloned().collect(),
        };
        self.schedule(&mut state, play);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    fn schedule(&self, state: &mut State, play: Play) {
        if let Some(next) = play.steps.front() {
            let at = self.clock.now().plus(self.delay(next.after_secs));
            state.under_way.scenarios += 1;
            state.agenda.add(at, Due::Play(play));
        }
    }

    /// Takes up what the vendor has begun and wants to send. `fault`: how these webhooks fare.
    pub(super) fn collect(&self, kind: VendorKind, fault: Option<DeliveryFault>) {
        let Some(vendor) = self.vendors.get(&kind) else {
            return;
        };
        let (outgoing, begun) = (vendor.take_outgoing(), vendor.take_begun());
        if outgoing.is_empty() && begun.is_empty() {
            return;
        }
        if !outgoing.is_empty() {
            let mut state = self.state();
            let mut told: BTreeMap<String, Vec<Outgoing>> = BTreeMap::new();
            for outgoing in outgoing {
                let key = (kind, outgoing.object.clone());
                state.first.entry(key).or_insert_with(|| outgoing.clone());
                let of_object = told.entry(outgoing.object.clone()).or_default();
                of_object.push(outgoing.clone());
                self.hand_over(&mut state, kind, outgoing, fault);
            }
            for (object, outgoing) in told {
                state.last.insert((kind, object), outgoing);
            }
        }
        for Begun { object, scenario } in begun {
            let usual = || self.usual.get(&kind).cloned();
            let scenario = scenario.or_else(usual);
            if let Some(unknown) = scenario.as_deref()
                && self.library.find(kind, unknown).is_none()
            {
                let why = format!("there is no scenario {}", idv_core::label(unknown));
                self.not_played(kind, &object, &why);
                continue;
            }
            for watch in &self.watchers {
                watch.began(kind, &object, scenario.as_deref());
            }
            if let Some(scenario) = scenario
                && let Err(error) = self.begin(kind, &object, &scenario)
            {
                self.not_played(kind, &object, &error.to_string());
            }
        }
        self.changed.notify_one();
    }

    pub(super) fn collect_all(&self) {
        let now = self.clock.now();
        for (kind, vendor) in &self.vendors {
            if vendor.next_due().is_some_and(|at| at <= now) {
                vendor.work_due(now);
            }
            self.collect(*kind, None);
        }
    }

    /// When something is due next, here or at a vendor.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let at_vendors = self.vendors.values().filter_map(|vendor| vendor.next_due());
        let here = self.state().agenda.next_at();
        at_vendors.chain(here).min()
    }

    /// Puts a webhook on its way.
    fn hand_over(
        &self,
        state: &mut State,
        vendor: VendorKind,
        outgoing: Outgoing,
        scripted: Option<DeliveryFault>,
    ) {
        let fault = state.chooser.for_delivery(scripted);
        let delay = self.delay(fault.map_or(0, DeliveryFault::delay_secs));
        let first = state.first.get(&(vendor, outgoing.object.clone()));
        let parcel = Parcel {
            vendor,
            stale: first.map(|first| first.body.clone()),
            outgoing,
            fault,
            failed_attempts: 0,
            first_sent: None,
        };
        let at = self.clock.now().plus(delay);
        state.under_way.webhooks += 1;
        state.agenda.add(at, Due::Deliver(parcel));
    }

    pub(super) async fn work_due(&self) {
        self.collect_all();
        while let Some(due) = self.take_due() {
            match due {
                Due::Play(play) => self.play(play),
                Due::Deliver(parcel) => self.deliver(parcel).await,
            }
        }
    }

    /// Writes a webhook into the agenda, and wakes whoever works through it.
    pub(super) fn put_down(&self, at: Timestamp, parcel: Parcel) {
        {
            let mut state = self.state();
            state.under_way.webhooks += 1;
            state.agenda.add(at, Due::Deliver(parcel));
        }
        self.changed.notify_one();
    }

    /// A webhook was sent, and if it is to be sent again, that was put down.
    pub(super) fn sent(&self) {
        self.state().under_way.webhooks -= 1;
    }

    fn take_due(&self) -> Option<Due> {
        self.state().agenda.take_due(self.clock.now())
    }

    fn play(&self, play: Play) {
        self.play_step(play);
        // The step after it has been written down.
        self.state().under_way.scenarios -= 1;
    }

    fn play_step(&self, mut play: Play) {
        let key = (play.vendor, play.object.clone());
        if self.state().begun_last.get(&key) != Some(&play.begun) {
            return;
        }
        let (Some(step), Some(vendor)) = (play.steps.pop_front(), self.vendors.get(&play.vendor))
        else {
            return;
        };
        match &step.act {
            Act::Vendor(action) => {
                if let Err(why) = vendor.play(&play.object, action, self.clock.now()) {
                    let why = format!("{}: {why}", action.name);
                    self.not_played(play.vendor, &play.object, &why);
                    // What comes after would happen to an object in another state than was meant.
                    return;
                }
                for watch in &self.watchers {
                    watch.played(play.vendor, &play.object, action);
                }
                self.collect(play.vendor, step.webhook);
            }
            Act::Resend => {
                let mut state = self.state();
                for outgoing in state.last.get(&key).cloned().unwrap_or_default() {
                    self.hand_over(&mut state, play.vendor, outgoing, step.webhook);
                }
            }
            Act::Calls { answer, times } => {
                let mut state = self.state();
                let scripted = state.scripted_calls.entry(play.vendor).or_default();
                scripted.extend(std::iter::repeat_n(*answer, *times as usize));
            }
        }
        self.schedule(&mut self.state(), play);
    }

    pub(super) fn not_played(&self, vendor: VendorKind, object: &str, why: &str) {
        for watch in &self.watchers {
            watch.not_played(vendor, object, why);
        }
    }

    /// Works through the agenda as the clock goes on, for ever. A receiver that is slow holds up nobody else.
    pub(super) async fn drive(self: Arc<Self>) {
        // Dropped with this task, and then every delivery ends.
        let mut deliveries = JoinSet::new();
        loop {
            self.collect_all();
            while deliveries.try_join_next().is_some() {}
            while let Some(due) = self.take_due() {
                match due {
                    Due::Play(play) => self.play(play),
                    Due::Deliver(parcel) => {
                        let inner = Arc::clone(&self);
                        deliveries.spawn(async move { inner.deliver(parcel).await });
                    }
                }
            }
            let next = self.next_due();
            let wait = next.map_or(LONGEST_WAIT, |at| at.since(self.clock.now()));
            // Whatever is due, or was added meanwhile.
            let _ = tokio::time::timeout(wait.min(LONGEST_WAIT), self.changed.notified()).await;
        }
    }
}
