//! What the sweeper does in the inbox: nothing is set aside for ever.

use crate::Engine;
use crate::store::StoreError;
use crate::sweep::Swept;

/// How many deliveries one statement changes at the most.
const AT_ONCE: u32 = 500;
/// How many of them one sweep changes at the most, of each kind. The next one does the rest.
const PER_SWEEP: u64 = 20_000;

impl Engine {
    /// Puts back to work what has become known, and gives up what has waited for too long.
    pub(crate) async fn sweep_inbox(&self, swept: &mut Swept) -> Result<(), StoreError> {
        let (inbox, now) = (self.inner.store.inbox(), self.now());
        let settings = &self.inner.settings;

        let matched = all_of(|| inbox.requeue_matched(now, AT_ONCE));
        swept.matched = matched.await?;
        if swept.matched > 0 {
            self.inner.work_arrived.notify_one();
        }

        let days = settings.unmatched_ttl.as_secs() / (24 * 3600);
        let reason = format!("the session is unknown here, and nobody claimed it in {days} days");
        let before = now.minus(settings.unmatched_ttl);
        let old = all_of(|| inbox.ignore_unmatched_before(before, &reason, AT_ONCE));
        swept.ignored = old.await?;

        let most = settings.unmatched_cap;
        let reason =
            format!("the session is unknown here, and {most} newer webhooks wait for theirs");
        let many = all_of(|| inbox.ignore_unmatched_beyond(most, &reason, AT_ONCE));
        swept.ignored = swept.ignored.saturating_add(many.await?);
        if swept.ignored > 0 {
            tracing::warn!(
                deliveries = swept.ignored,
                "webhooks about unknown sessions were given up"
            );
        }

        let before = now.minus(settings.dead_ttl);
        swept.emptied = all_of(|| inbox.empty_dead_before(before, AT_ONCE)).await?;
        Ok(())
    }
}

/// Does it again until there is nothing left to do, within limits.
async fn all_of<'a, F>(some: impl Fn() -> F) -> Result<u64, StoreError>
where
    F: Future<Output = Result<u64, StoreError>> + 'a,
{
    let mut done = 0_u64;
    while done < PER_SWEEP {
        match some().await? {
            0 => break,
            more => done = done.saturating_add(more),
        }
    }
    Ok(done)
}
