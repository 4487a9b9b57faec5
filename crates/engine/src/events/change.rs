//! Changing an endpoint, and switching it on and off.

use idv_core::{EndpointId, Secret};

use super::create::{check_description, check_rate, without_repetition};
use super::custom_headers::checked;
use super::{EndpointError, EndpointView};
use crate::Engine;
use crate::store::{EndpointRow, EndpointState, EventKind, PayloadForm};

/// What is to be changed of an endpoint; what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EndpointChanges {
    /// Where events go.
    pub url: Option<String>,
    /// What operators call it.
    pub description: Option<String>,
    /// The kinds of event it wants; an empty list means every kind.
    pub kinds: Option<Vec<EventKind>>,
    /// How much it is told.
    pub payload: Option<PayloadForm>,
    /// At most this many deliveries per second; `Some(None)` lifts the limit.
    pub rate_per_sec: Option<Option<u32>>,
    /// All the headers it is sent besides ours.
    pub headers: Option<Vec<(String, Secret)>>,
    /// Switches it on or off. One that is switched on goes on where it stopped.
    pub enabled: Option<bool>,
}

impl Engine {
    /// Changes an endpoint. What is on its way to it already is sent by the new settings, except for the kinds it wants.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`], [`EndpointError::Invalid`] with what is wrong; then nothing was changed.
    pub async fn update_endpoint(
        &self,
        id: EndpointId,
        changes: EndpointChanges,
    ) -> Result<EndpointView, EndpointError> {
        if let Some(url) = &changes.url {
            self.check_url(url)?;
        }
        if let Some(description) = &changes.description {
            check_description(description)?;
        }
        check_rate(changes.rate_per_sec.flatten())?;
        let headers = changes.headers.map(checked).transpose()?;

        let mut unit = self.inner.store.begin().await?;
        let (mut row, mut address) = self.lock_endpoint(unit.as_unit_of_work(), id).await?;
        let before = row.state;
        if let Some(url) = changes.url.map(Secret::new)
            && url != address.url
        {
            address.url = url;
            // How the old place fared says nothing of the new one.
            forget_failures(&mut row);
        }
        if let Some(headers) = headers {
            address.headers = headers;
        }
        if let Some(description) = changes.description {
            row.description = description;
        }
        if let Some(kinds) = changes.kinds {
            row.kinds = without_repetition(kinds);
        }
        if let Some(payload) = changes.payload {
            row.payload = payload;
        }
        if let Some(rate) = changes.rate_per_sec {
            row.rate_per_sec = rate;
        }
        match changes.enabled {
            Some(true) if row.state != EndpointState::Enabled => {
                row.state = EndpointState::Enabled;
                forget_failures(&mut row);
            }
            Some(false) => row.state = EndpointState::SwitchedOff,
            _ => {}
        }
        row.updated_at = self.now();
        row.address = self
            .seal_address(unit.as_unit_of_work(), id, &address)
            .await?;
        if !unit.update_endpoint(&row).await? {
            return Err(EndpointError::NotFound);
        }
        unit.commit().await?;
        self.endpoints_changed();
        if row.state != before {
            tracing::info!(endpoint = %id, state = row.state.as_word(), "an endpoint was switched");
        }
        let last = self.inner.store.outbox().last_position().await?;
        Ok(EndpointView::new(row, &address, self.now(), last))
    }
}

fn forget_failures(row: &mut EndpointRow) {
    row.failing_since = None;
    row.failures_in_a_row = 0;
    row.paused_until = None;
}
