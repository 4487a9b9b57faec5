//! What happens to sessions: many lives, each a scenario, in which webhooks fare well, and now and then do not.

use fastrand::Rng;
use idv_simulator::VendorKind;
use idv_simulator::chaos::DeliveryFault;
use idv_simulator::scenario::{Act, Action, Library, Scenario, Step};

use super::{onfido, plaid, stripe};

/// So many different lives each vendor's sessions have.
const LIVES: usize = 300;
/// The longest pause between two things that happen, on the vendor's clock.
const PAUSE_SECS: u64 = 30;

/// How many of a thousand webhooks fare so.
const FAULTS: [(u32, DeliveryFault); 5] = [
    (60, DeliveryFault::Twice),
    (30, DeliveryFault::Overtaken),
    (20, DeliveryFault::Stale),
    (8, DeliveryFault::Forged),
    (4, DeliveryFault::WrongKey),
];

/// All lives, of all vendors.
pub(super) fn library(rng: &mut Rng) -> Library {
    let mut library = Library::default();
    for vendor in VendorKind::ALL {
        for number in 0..LIVES {
            let actions = match vendor {
                VendorKind::Stripe => stripe::life(rng),
                VendorKind::Onfido => onfido::life(rng),
                VendorKind::Plaid => plaid::life(rng),
            };
            library.insert(Scenario {
                name: named(number),
                vendor,
                title: "A life".to_owned(),
                shows: Vec::new(),
                steps: actions
                    .into_iter()
                    .map(|action| step(action, rng))
                    .collect(),
            });
        }
    }
    library
}

/// The name of any of them.
pub(super) fn name(rng: &mut Rng) -> String {
    named(rng.usize(0..LIVES))
}

fn named(number: usize) -> String {
    format!("life-{number}")
}

fn step(action: Action, rng: &mut Rng) -> Step {
    let mut left = rng.u32(0..1000);
    let mut webhook = None;
    for (share, fault) in FAULTS {
        if left < share {
            webhook = Some(fault);
            break;
        }
        left -= share;
    }
    Step {
        after_secs: rng.u64(0..PAUSE_SECS),
        act: Act::Vendor(action),
        webhook,
    }
}
