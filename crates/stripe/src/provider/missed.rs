//! The events that could not be delivered.
//!
//! <https://docs.stripe.com/api/events/list> and <https://docs.stripe.com/webhooks/process-undelivered-events>, read
//! 2026-11-20.

use std::borrow::Cow;

use idv_core::{Error, MissedEventPage, Timestamp, json};

use super::StripeProvider;
use super::read::unreadable;
use super::start::NOT_A_LIST;
use crate::{map, webhook, wire};

impl StripeProvider {
    /// See [`idv_core::MissedEvents::missed_events`].
    pub(super) async fn list_missed(
        &self,
        since: Timestamp,
        cursor: Option<&str>,
    ) -> Result<MissedEventPage, Error> {
        let operation = "list_events";
        let client = self.client(operation)?;
        let answer = client
            .list_undelivered_events(since.as_unix_secs(), cursor)
            .await?;
        let unreadable = |error| unreadable(operation, &answer, error);
        let page: wire::List<'_> = map::object(&answer.body).map_err(unreadable)?;
        let mut events = Vec::new();
        let mut last = None;
        for item in page.data.iter().flatten() {
            let bytes = item.get().as_bytes();
            last = json::find_text(bytes, "id")
                .filter(|id| map::is_vendor_id(id))
                .map(Cow::into_owned);
            // One event that cannot be read must not hide the others.
            events.extend(webhook::about_session(bytes, since));
        }
        let next = match (page.object.get(), page.has_more.0, last) {
            (Some(wire::LIST), Some(false), _) => None,
            (Some(wire::LIST), Some(true), Some(last)) => Some(last),
            // Only a list that says so has ended.
            _ => return Err(unreadable(NOT_A_LIST)),
        };
        Ok(MissedEventPage::new(events, next))
    }
}
