//! Making, reading and removing endpoints.

use idv_core::http::Uri;
use idv_core::{EndpointId, Secret};

use super::address::{Address, SigningSecret};
use super::custom_headers::checked;
use super::{EndpointError, EndpointSecret, EndpointView};
use crate::Engine;
use crate::store::{EndpointRow, EndpointState, EventKind, EventPosition, PayloadForm, UnitOfWork};

/// An endpoint to be made.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    /// Where events go.
    pub url: String,
    /// What operators call it: at most 200 characters.
    pub description: String,
    /// The kinds of event it wants; none in the list means every kind.
    pub kinds: Vec<EventKind>,
    /// How much it is told.
    pub payload: PayloadForm,
    /// At most this many deliveries per second, over all replicas; none for no limit.
    pub rate_per_sec: Option<u32>,
    /// Headers it is sent besides ours, name and value.
    pub headers: Vec<(String, Secret)>,
    /// What signs; a random one is made if none is given.
    pub secret: Option<EndpointSecret>,
    /// Events after this place are sent; only what happens from now on, if none.
    pub from: Option<EventPosition>,
}

const LONGEST_URL: usize = 2048;
const LONGEST_DESCRIPTION: usize = 200;
const HIGHEST_RATE: u32 = 10_000;

impl Engine {
    /// Makes an endpoint. Its secret is shown now and never again.
    ///
    /// # Errors
    /// [`EndpointError::Invalid`] with what is wrong.
    pub async fn create_endpoint(
        &self,
        new: NewEndpoint,
    ) -> Result<(EndpointView, EndpointSecret), EndpointError> {
        self.check_url(&new.url)?;
        check_description(&new.description)?;
        check_rate(new.rate_per_sec)?;
        let headers = checked(new.headers)?;
        let last = self.last_event_position().await?;
        if new.from.is_some_and(|from| from > last) {
            let problem = "comes after the last event there is";
            return Err(EndpointError::invalid("from", problem));
        }
        let secret = match new.secret {
            Some(secret) => secret,
            None => EndpointSecret::generate()?,
        };
        let now = self.now();
        let id = EndpointId::new(now);
        let address = Address {
            url: Secret::new(new.url),
            secrets: vec![SigningSecret {
                secret: secret.clone(),
                created_at: now,
                expires_at: None,
            }],
            headers,
        };
        let mut unit = self.inner.store.begin().await?;
        let sealed = self
            .seal_address(unit.as_unit_of_work(), id, &address)
            .await?;
        unit.commit().await?;
        let row = EndpointRow {
            id,
            description: new.description,
            address: sealed,
            kinds: without_repetition(new.kinds),
            payload: new.payload,
            rate_per_sec: new.rate_per_sec,
            state: EndpointState::Enabled,
            fanned_out_to: new.from.unwrap_or(last),
            failing_since: None,
            failures_in_a_row: 0,
            paused_until: None,
            created_at: now,
            updated_at: now,
        };
        self.inner.store.outbox().insert_endpoint(&row).await?;
        self.endpoints_changed();
        tracing::info!(endpoint = %id, "an endpoint was made");
        Ok((EndpointView::new(row, &address, now, last), secret))
    }

    /// Every endpoint, oldest first.
    ///
    /// # Errors
    /// [`EndpointError::Store`].
    pub async fn endpoints(&self) -> Result<Vec<EndpointView>, EndpointError> {
        let outbox = self.inner.store.outbox();
        let last = outbox.last_position().await?;
        let mut views = Vec::new();
        for row in outbox.endpoints().await? {
            views.push(self.endpoint_view(row, last).await?);
        }
        Ok(views)
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`].
    pub async fn endpoint(&self, id: EndpointId) -> Result<EndpointView, EndpointError> {
        let outbox = self.inner.store.outbox();
        let row = outbox.endpoint(id).await?.ok_or(EndpointError::NotFound)?;
        let last = outbox.last_position().await?;
        self.endpoint_view(row, last).await
    }

    /// Removes an endpoint, with the log of what was delivered to it.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`].
    pub async fn delete_endpoint(&self, id: EndpointId) -> Result<(), EndpointError> {
        if !self.inner.store.outbox().delete_endpoint(id).await? {
            return Err(EndpointError::NotFound);
        }
        self.endpoints_changed();
        tracing::info!(endpoint = %id, "an endpoint was removed");
        Ok(())
    }

    async fn endpoint_view(
        &self,
        row: EndpointRow,
        last: EventPosition,
    ) -> Result<EndpointView, EndpointError> {
        let address = self.open_address(row.id, &row.address).await?;
        Ok(EndpointView::new(row, &address, self.now(), last))
    }

    /// An endpoint and its address, locked until the end of the unit of work.
    pub(super) async fn lock_endpoint(
        &self,
        unit: &mut dyn UnitOfWork,
        id: EndpointId,
    ) -> Result<(EndpointRow, Address), EndpointError> {
        let row = unit.endpoint(id).await?.ok_or(EndpointError::NotFound)?;
        let address = self.open_address_in(unit, id, &row.address).await?;
        Ok((row, address))
    }

    /// Has every lane look at its endpoint again.
    pub(super) fn endpoints_changed(&self) {
        self.inner.outward.changed.send_replace(());
    }

    pub(super) fn check_url(&self, url: &str) -> Result<(), EndpointError> {
        let invalid = |problem: &'static str| Err(EndpointError::invalid("url", problem));
        if url.len() > LONGEST_URL {
            return invalid("is longer than 2048 bytes");
        }
        let Ok(parsed) = url.parse::<Uri>() else {
            return invalid("is not a URL, such as https://app.example.com/hooks");
        };
        let has_scheme = matches!(parsed.scheme_str(), Some("https" | "http"));
        if !has_scheme || parsed.host().is_none_or(str::is_empty) {
            return invalid("must begin with https:// and a host");
        }
        match self.inner.outward.url_check.get() {
            Some(check) => check(url).map_err(|problem| EndpointError::invalid("url", problem.0)),
            None => Ok(()),
        }
    }
}

pub(super) fn check_description(description: &str) -> Result<(), EndpointError> {
    let invalid = |problem: &'static str| Err(EndpointError::invalid("description", problem));
    if description.chars().count() > LONGEST_DESCRIPTION {
        return invalid("is longer than 200 characters");
    }
    if description.chars().any(char::is_control) {
        return invalid("holds a line break or another control character");
    }
    Ok(())
}

pub(super) fn check_rate(rate_per_sec: Option<u32>) -> Result<(), EndpointError> {
    match rate_per_sec {
        Some(0) => Err(EndpointError::invalid(
            "rate_per_sec",
            "is 0: to send nothing, switch the endpoint off",
        )),
        Some(rate) if rate > HIGHEST_RATE => Err(EndpointError::invalid(
            "rate_per_sec",
            "is more than 10000: leave it out for no limit",
        )),
        _ => Ok(()),
    }
}

/// The same kinds, each once, in the order of their names.
pub(super) fn without_repetition(mut kinds: Vec<EventKind>) -> Vec<EventKind> {
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
