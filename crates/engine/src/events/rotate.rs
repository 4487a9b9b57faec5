//! Replacing the secret of an endpoint, without a moment at which its reader knows none that signs.

use std::time::Duration;

use idv_core::EndpointId;

use super::address::SigningSecret;
use super::{EndpointError, EndpointSecret};
use crate::Engine;

/// For how long the secret before signs too, where nobody says otherwise.
pub const DEFAULT_SECRET_OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// How many secrets sign at the same time, at the most. Each makes the header longer.
const MOST_AT_A_TIME: usize = 5;
const LONGEST_OVERLAP: Duration = Duration::from_secs(30 * 24 * 3600);

impl Engine {
    /// Gives an endpoint a new secret: this one, or a random one. Those before it sign too until `overlap` is over; with
    /// none they stop at once. The secret is shown now and never again.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`], [`EndpointError::TooManySecrets`], [`EndpointError::Invalid`] if the secret is in use
    /// already or the overlap is longer than 30 days.
    pub async fn rotate_endpoint_secret(
        &self,
        id: EndpointId,
        new: Option<EndpointSecret>,
        overlap: Duration,
    ) -> Result<EndpointSecret, EndpointError> {
        if overlap > LONGEST_OVERLAP {
            return Err(EndpointError::invalid("overlap", "is longer than 30 days"));
        }
        let new = match new {
            Some(new) => new,
            None => EndpointSecret::generate()?,
        };
        let mut unit = self.inner.store.begin().await?;
        let (mut row, mut address) = self.lock_endpoint(unit.as_unit_of_work(), id).await?;
        let now = self.now();
        let until = now.plus(overlap);
        for signing in &mut address.secrets {
            let ends = signing.expires_at.map_or(until, |at| at.min(until));
            signing.expires_at = Some(ends);
        }
        address.secrets.retain(|signing| signing.is_valid_at(now));
        if address.secrets.iter().any(|signing| signing.secret == new) {
            return Err(EndpointError::invalid("secret", "is in use already"));
        }
        if address.secrets.len() >= MOST_AT_A_TIME {
            return Err(EndpointError::TooManySecrets {
                most: MOST_AT_A_TIME,
            });
        }
        let signing = SigningSecret {
            secret: new.clone(),
            created_at: now,
            expires_at: None,
        };
        address.secrets.insert(0, signing);
        row.updated_at = now;
        row.address = self
            .seal_address(unit.as_unit_of_work(), id, &address)
            .await?;
        if !unit.update_endpoint(&row).await? {
            return Err(EndpointError::NotFound);
        }
        unit.commit().await?;
        self.endpoints_changed();
        tracing::info!(endpoint = %id, key = new.key_id(), "an endpoint has a new secret");
        Ok(new)
    }
}
