//! Who watches a simulator.

use std::sync::Mutex;

use super::*;

#[derive(Default)]
pub(super) struct Seen {
    pub(super) told: Mutex<Vec<String>>,
    pub(super) begun: Mutex<Vec<String>>,
    pub(super) posted: Mutex<Vec<String>>,
}

impl Watch for Seen {
    fn began(&self, _: VendorKind, object: &str, scenario: Option<&str>) {
        self.begun
            .lock()
            .unwrap()
            .push(format!("{object} {scenario:?}"));
    }
    fn broken(&self, _: VendorKind, request: &Request<Bytes>, fault: CallFault) {
        let line = format!("{} {}", request.uri().path(), fault.as_word());
        self.begun.lock().unwrap().push(line);
    }
    fn played(&self, _: VendorKind, object: &str, action: &Action) {
        self.begun
            .lock()
            .unwrap()
            .push(format!("{object} {}", action.name));
    }
    fn posted(&self, posted: &Posted<'_>) {
        let line = format!(
            "{} {} {:?}",
            if posted.is_genuine { "true" } else { "false" },
            posted.headers["signature"].to_str().unwrap(),
            posted.status.map(|s| s.as_u16())
        );
        self.posted.lock().unwrap().push(line);
    }
    fn delivered(&self, delivered: &Delivered) {
        let line = format!(
            "{} {} {:?}",
            delivered.outgoing.event,
            delivered.attempt,
            delivered.status.map(|s| s.as_u16())
        );
        self.told.lock().unwrap().push(line);
    }
    fn not_played(&self, _: VendorKind, object: &str, why: &str) {
        self.told.lock().unwrap().push(format!("{object}: {why}"));
    }
}
