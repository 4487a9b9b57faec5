//! Asking a vendor what it could not tell us.

use std::collections::BTreeMap;
use std::time::Duration;

use idv_core::{Depth, ErrorKind, MissedEventPage, MissedEvents, SessionId, Timestamp};

use super::Round;
use super::limits::concerns_the_account;
use super::position::Position;
use crate::Engine;
use crate::account::Unmatched;
use crate::error::CommandError;
use crate::inbox::Hints;
use crate::lease::Claimed;
use crate::store::SessionRow;

/// What is behind the newest that is known is looked at again: an event is listed as missed only once it was tried.
const OVERLAP: Duration = Duration::from_secs(3600);

/// The vendor's clock and ours may differ by this much.
const CLOCKS_DIFFER_BY: Duration = Duration::from_secs(60);

/// An account that may not ask is not asked again before this.
const IF_FORBIDDEN: Duration = Duration::from_secs(24 * 3600);

/// After another failure.
const AFTER_FAILURE: Duration = Duration::from_secs(600);

impl Engine {
    /// Asks the vendor of an account what it could not tell us, if it can say so and it is time, and reads each session
    /// it names.
    pub(super) async fn ask_for_missed_events(
        &self,
        round: &mut Round<'_>,
    ) -> Result<(), CommandError> {
        let account = round.account;
        if account.provider.abilities().missed_events.is_none() {
            return Ok(());
        }
        let Some(mut position) = self.take_turn(&account.id).await? else {
            return Ok(());
        };
        let work = Box::pin(self.read_missed_events(round, &mut position));
        let done = self.holding(Claimed::Turn(account.id.clone()), work).await;
        // Whatever was read is known, and the turn is over.
        self.save_position(&account.id, &position).await?;
        done
    }

    async fn read_missed_events(
        &self,
        round: &mut Round<'_>,
        position: &mut Position,
    ) -> Result<(), CommandError> {
        let settings = &self.inner.settings;
        let account = round.account;
        let Some(ability) = account.provider.abilities().missed_events else {
            return Ok(());
        };
        loop {
            let begun_at = *position.begun_at.get_or_insert(self.now());
            let Some(page) = self.missed_page(round, ability, position).await else {
                return Ok(());
            };
            let mut newest: BTreeMap<SessionId, Timestamp> = BTreeMap::new();
            for event in page.events {
                let at = newest.entry(event.session).or_insert(event.occurred_at);
                *at = event.occurred_at.max(*at);
            }
            for (session, occurred_at) in newest {
                if position.seen_to.contains(&session) {
                    continue;
                }
                if !self.follow_up(round, &session, occurred_at).await? {
                    // The rest of the page is for the next round.
                    position.next_at = self.now().plus(settings.reconcile_interval);
                    return Ok(());
                }
                position.seen_to.insert(session);
            }
            position.seen_to.clear();
            position.cursor = page.next;
            if position.cursor.is_none() {
                position.since = begun_at.minus(OVERLAP).max(position.since);
                position.begun_at = None;
                position.next_at = self.now().plus(settings.missed_events_interval);
                return Ok(());
            }
        }
    }

    /// One page of what the vendor could not tell us. None if it does not say; when it is asked again is in the position
    /// then.
    async fn missed_page(
        &self,
        round: &mut Round<'_>,
        ability: &dyn MissedEvents,
        position: &mut Position,
    ) -> Option<MissedEventPage> {
        let account = &round.account.id;
        let asked = ability.missed_events(position.since, position.cursor.as_deref());
        let error = match asked.await {
            Ok(page) => return Some(page),
            Err(error) => error,
        };
        let pause = match error.kind {
            // A key that may not is no failure of the gateway: this line is written once a day.
            ErrorKind::Unsupported { .. } | ErrorKind::InvalidCredentials => {
                tracing::warn!(%account, %error, "this account may not ask the vendor which webhooks were lost; give its key read access to events");
                IF_FORBIDDEN
            }
            _ => {
                tracing::warn!(%account, %error, "the vendor did not say which webhooks were lost");
                round.done.failed = round.done.failed.saturating_add(1);
                AFTER_FAILURE.max(error.retry_after().unwrap_or_default())
            }
        };
        // A place in a list that is too old may not be known any more.
        position.cursor = None;
        position.seen_to.clear();
        position.begun_at = None;
        position.next_at = self.now().plus(pause);
        None
    }

    /// Sees to one session that the vendor could not tell us about. False if that is for the next round.
    async fn follow_up(
        &self,
        round: &mut Round<'_>,
        session_id: &SessionId,
        occurred_at: Timestamp,
    ) -> Result<bool, CommandError> {
        let account = round.account;
        let mut unit = self.inner.store.begin().await?;
        let known = unit.session_by_vendor_id(&account.id, session_id).await?;
        if let Some(known) = known {
            let observations = unit.observations_of(known.key).await?;
            drop(unit);
            let asked_since = observations.iter().any(|seen| {
                seen.source.is_confirmed() && seen.as_of > occurred_at.plus(CLOCKS_DIFFER_BY)
            });
            if asked_since {
                return Ok(true);
            }
            if !round.take_one() {
                return Ok(false);
            }
            // One that cannot be read by itself does not hold up the others: it is asked about again as a quiet one.
            let asked = self.ask_about(round, known.key).await?;
            return Ok(!matches!(asked, Err(Some(_))));
        }
        drop(unit);
        if account.unmatched == Unmatched::Park {
            tracing::info!(account = %account.id, vendor_session = %session_id, "the vendor could not tell us about a session that is unknown here");
            round.done.unknown = round.done.unknown.saturating_add(1);
            return Ok(true);
        }
        if !round.take_one() {
            return Ok(false);
        }
        self.adopt_missed(round, session_id).await
    }

    /// Reads a session at the vendor that nobody here knows, and takes it over if it names a subject. False if that is
    /// for the next round.
    async fn adopt_missed(
        &self,
        round: &mut Round<'_>,
        session_id: &SessionId,
    ) -> Result<bool, CommandError> {
        let account = round.account;
        let _turn = self.inner.session_locks.lock(&account.id, session_id).await;
        let asked_at = self.now();
        let snapshot = match account.provider.fetch(session_id, Depth::Full).await {
            Ok(snapshot) => snapshot,
            Err(error) if error.kind == ErrorKind::NotFound => {
                round.done.unknown = round.done.unknown.saturating_add(1);
                return Ok(true);
            }
            Err(error) => {
                tracing::warn!(account = %account.id, vendor_session = %session_id, %error, "a session that the vendor could not tell us about could not be read");
                round.done.failed = round.done.failed.saturating_add(1);
                let is_for_later = concerns_the_account(&error);
                if is_for_later {
                    self.let_rest(account, &error);
                }
                return Ok(!is_for_later);
            }
        };
        self.has_answered(account);
        let mut unit = self.inner.store.begin().await?;
        let hints = Hints::of([&snapshot.mapped]);
        let found: Option<SessionRow> = self
            .find_or_adopt(unit.as_unit_of_work(), account, session_id, hints)
            .await?;
        let Some(mut session) = found else {
            round.done.unknown = round.done.unknown.saturating_add(1);
            return Ok(true);
        };
        let unit_of_work = unit.as_unit_of_work();
        self.append_answer(unit_of_work, account, &session, asked_at, Some(&snapshot))
            .await?;
        self.refold(unit.as_unit_of_work(), account, &mut session)
            .await?;
        unit.commit().await?;
        round.done.adopted = round.done.adopted.saturating_add(1);
        Ok(true)
    }
}
