//! What the three vendors have to tell, as one stream that no two of them agreed on.

use std::sync::Arc;

use fastrand::Rng;

use super::delivery::{Delivery, Kind};
use super::vendors::{Life, Vendor, Vendors};

/// Of a thousand webhooks so many come twice.
const DUPLICATES: u32 = 100;
/// Of a thousand so many are about a session the vendor does not know when it is asked.
const UNKNOWN: u32 = 20;
/// Beside a thousand so many are forged.
const FORGED: u32 = 5;

/// Makes things happen at the vendors, and signs what they tell of it.
pub(crate) struct Source {
    vendors: Arc<Vendors>,
    rng: Rng,
    /// The sessions in which something goes on, mixed.
    lives: Vec<Life>,
    /// How many webhooks are to be sent, duplicates included and forgeries not.
    total: usize,
    made: usize,
    unique: usize,
}

/// How much was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// Webhooks with their duplicates, without forgeries.
    pub(crate) all: usize,
    pub(crate) duplicates: usize,
}

impl Source {
    pub(crate) fn new(vendors: Arc<Vendors>, mut rng: Rng, total: usize, at_once: usize) -> Self {
        let lives = (0..at_once.max(Vendor::ALL.len()))
            .map(|index| Life::begin(&vendors, Vendor::ALL[index % 3], &mut rng))
            .collect();
        Self {
            vendors,
            rng,
            lives,
            total,
            made: 0,
            unique: 0,
        }
    }

    pub(crate) const fn made(&self) -> Made {
        Made {
            all: self.made,
            duplicates: self.made - self.unique,
        }
    }

    /// The next webhooks: one, or one twice, and now and then a forgery. None when all were told.
    pub(crate) fn next(&mut self) -> Option<Vec<Delivery>> {
        if self.made >= self.total {
            return None;
        }
        let mut deliveries = Vec::new();
        if self.rng.u32(0..1000) < FORGED {
            deliveries.push(self.about_nothing(Kind::Forged));
        }
        let genuine = if self.rng.u32(0..1000) < UNKNOWN {
            self.about_nothing(Kind::OfUnknownSession)
        } else {
            self.about_a_session()
        };
        self.unique += 1;
        self.made += 1;
        // Of those that are sent at all one in ten is a second one.
        if self.made < self.total && self.rng.u32(0..1000 - DUPLICATES) < DUPLICATES {
            self.made += 1;
            deliveries.push(genuine.clone());
        }
        deliveries.push(genuine);
        Some(deliveries)
    }

    fn about_nothing(&mut self, kind: Kind) -> Delivery {
        let vendor = Vendor::ALL[self.rng.usize(0..3)];
        let (session, told) = Life::told_of_nothing(vendor, &mut self.rng);
        Delivery::new(&self.vendors, vendor, kind, &session, told)
    }

    fn about_a_session(&mut self) -> Delivery {
        loop {
            let index = self.rng.usize(0..self.lives.len());
            let life = &mut self.lives[index];
            let vendor = life.vendor();
            if let Some(told) = life.go_on(&self.vendors) {
                return Delivery::new(&self.vendors, vendor, Kind::OfSession, life.id(), told);
            }
            self.lives[index] = Life::begin(&self.vendors, vendor, &mut self.rng);
        }
    }
}
