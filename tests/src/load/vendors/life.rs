//! The life of one session: what happens to it, and what is told of it.

use std::collections::VecDeque;

use fastrand::Rng;

use super::{Told, Vendor, Vendors, now_unix_secs, onfido, plaid, stripe};

/// A session and what is still to happen to it.
pub(crate) struct Life {
    vendor: Vendor,
    id: String,
    scenes: VecDeque<Scene>,
}

enum Scene {
    Stripe(stripe::Scene),
    Onfido(onfido::Scene),
    Plaid(plaid::Scene),
}

impl Life {
    /// A session that begins now. The vendor has it, and nobody was told of it yet.
    pub(crate) fn begin(vendors: &Vendors, vendor: Vendor, rng: &mut Rng) -> Self {
        let life = Self::unknown(vendor, rng);
        let (id, subject) = (life.id.as_str(), format!("subject-{}", life.id));
        let now = now_unix_secs();
        match vendor {
            Vendor::Stripe => vendors.stripe.insert(stripe::session(id, &subject, now)),
            Vendor::Onfido => vendors.onfido.insert(onfido::run(id, &subject, now)),
            Vendor::Plaid => vendors.plaid.insert(plaid::attempt(id, &subject, now)),
        }
        life
    }

    /// A session of which the vendor itself knows nothing.
    fn unknown(vendor: Vendor, rng: &mut Rng) -> Self {
        let scenes = match vendor {
            Vendor::Stripe => stripe::life(rng).into_iter().map(Scene::Stripe).collect(),
            Vendor::Onfido => onfido::life(rng).into_iter().map(Scene::Onfido).collect(),
            Vendor::Plaid => plaid::life(rng).into_iter().map(Scene::Plaid).collect(),
        };
        Self {
            vendor,
            id: vendor.new_id(rng.u128(..)),
            scenes,
        }
    }

    pub(crate) const fn vendor(&self) -> Vendor {
        self.vendor
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The next thing happens at the vendor, who tells of it. None once nothing happens any more.
    pub(crate) fn go_on(&mut self, vendors: &Vendors) -> Option<Told> {
        let now = now_unix_secs();
        Some(match self.scenes.pop_front()? {
            Scene::Stripe(scene) => stripe::play(&vendors.stripe, &self.id, scene, now),
            Scene::Onfido(scene) => onfido::play(&vendors.onfido, &self.id, &scene, now),
            Scene::Plaid(scene) => plaid::play(&vendors.plaid, &self.id, scene, now),
        })
    }

    /// The beginning of a session as a webhook tells it, and the vendor has no such session.
    pub(crate) fn told_of_nothing(vendor: Vendor, rng: &mut Rng) -> (String, Told) {
        let mut life = Self::unknown(vendor, rng);
        let now = now_unix_secs();
        let (id, subject) = (life.id.as_str(), "subject-of-nothing");
        let told = match life.scenes.pop_front().expect("something happens") {
            Scene::Stripe(scene) => stripe::act(&mut stripe::session(id, subject, now), scene, now),
            Scene::Onfido(scene) => onfido::act(&mut onfido::run(id, subject, now), &scene, now),
            Scene::Plaid(scene) => plaid::act(&mut plaid::attempt(id, subject, now), scene, now),
        };
        (life.id, told)
    }
}
