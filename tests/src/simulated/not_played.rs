//! What could not happen at a vendor: a scene that does not would show nothing.

use std::sync::Mutex;

use idv_simulator::{VendorKind, Watch};

/// Keeps why steps could not be played.
#[derive(Debug, Default)]
pub struct NotPlayed(Mutex<Vec<String>>);

impl NotPlayed {
    /// Why, since this was last asked.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Watch for NotPlayed {
    fn not_played(&self, vendor: VendorKind, object: &str, why: &str) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{vendor}: {object}: {why}"));
    }
}
