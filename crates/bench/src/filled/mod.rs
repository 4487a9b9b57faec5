//! Gateways whose databases are full, as they are after a year.
//!
//! A handful of requests are real: they were asked for over HTTP, lived through at a simulated vendor, and told by its
//! webhooks. All others are copies of their rows, each with ids, times and a subject of its own, sealed under a key of its
//! own, and written through the store. A copy has all that the API reads: it is listed, shown and found like any other.
//! The vendor's own bytes are not copied, nor is the inbox, and of a history only how it began and how it ended: no call
//! that is measured reads the rest, and a million of it would take the disk.
//!
//! As in life nearly all are over; the newest fiftieth is open. Nobody asks the vendor about those while it is measured:
//! their next question is due in a year.

mod copy;
mod kept;
mod pour;
mod story;
mod template;

use std::sync::Arc;
use std::time::Duration;

use idv_core::{Clock as _, Secret, SystemClock};
use idv_engine::crypt::{KeyRing, MasterKey};
use idv_simulator::VendorKind;

use crate::far_vendor::FarVendor;
use crate::gateway::{Database, Gateway};

/// From the oldest to the newest.
const SPAN: Duration = Duration::from_secs(365 * 86_400);
/// How many organizations there are.
pub(crate) const ORGANIZATIONS: u64 = 50;

/// A gateway over a database with so many requests, that is ready.
pub(crate) struct Filled {
    pub(crate) gateway: Gateway,
    pub(crate) api_key: String,
    /// It is there for whoever asks again about a session that is open.
    pub(crate) vendor: FarVendor,
}

impl Filled {
    /// Fills a database, or takes the one that was kept of an earlier run. Must run on a runtime of several threads.
    pub(crate) async fn start(database: Database, requests: u64) -> Result<Self, String> {
        let vendor = FarVendor::serve(VendorKind::Stripe).await;
        story::answer_for_all(&vendor).await;
        let mut gateway = Gateway::start(database, &vendor.tables())?;
        let kept = kept::folder(database, requests)?;
        let api_key = match &kept {
            Some(kept) if kept.is_whole() => kept.api_key(),
            _ => {
                let api_key = gateway.make_api_key();
                fill(&mut gateway, &vendor, &api_key, requests, kept.as_ref()).await?;
                api_key
            }
        };
        if let Some(kept) = &kept {
            gateway.kill();
            kept.is_used_by(&gateway);
        } else {
            gateway.look_after_tables();
        }
        gateway.restart()?;
        vendor.begin_ids_with(&SystemClock.now().as_unix_micros().to_string());
        Ok(Self {
            gateway,
            api_key,
            vendor,
        })
    }
}

async fn fill(
    gateway: &mut Gateway,
    vendor: &FarVendor,
    api_key: &str,
    requests: u64,
    kept: Option<&kept::Kept>,
) -> Result<(), String> {
    let lived = story::live_all(gateway, vendor, api_key).await;
    gateway.kill();
    let master_key = std::fs::read_to_string(gateway.folder().join("master.key")).unwrap();
    let master_key = MasterKey::from_base64(&Secret::new(master_key)).unwrap();
    let (store, lanes): (Arc<dyn idv_engine::store::Store>, usize) = match kept {
        Some(kept) => {
            kept.take_from(gateway);
            (kept.store().await, 1)
        }
        None => (gateway.store().await, pour::SERVER_LANES),
    };
    let keys = KeyRing::open(&*store, master_key).await.unwrap();
    let mut templates = Vec::new();
    for lived in &lived {
        templates.push(template::Template::read(&*store, &keys, lived).await);
    }
    let plan = copy::Plan::new(keys, templates, requests, SystemClock.now());
    pour::pour(store, Arc::new(plan), lanes).await;
    if let Some(kept) = kept {
        kept.is_done(api_key);
    }
    Ok(())
}
