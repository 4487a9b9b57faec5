//! Where an endpoint is and what it is sent with: all of it may hold credentials, so it is stored sealed, as one value.

use idv_core::{EndpointId, Secret, Timestamp, json};
use serde::{Deserialize, Serialize};

use super::EndpointSecret;
use crate::Engine;
use crate::crypt::{KeyRingError, OpenFailed, Place};
use crate::store::{KeyOwner, Sealed, UnitOfWork};

/// What is sealed of an endpoint.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) url: Secret,
    /// Those that sign, newest first, and maybe some that do not any more.
    pub(super) secrets: Vec<SigningSecret>,
    /// Name and value.
    pub(super) headers: Vec<(String, Secret)>,
}

#[derive(Clone, Debug)]
pub(super) struct SigningSecret {
    pub(super) secret: EndpointSecret,
    pub(super) created_at: Timestamp,
    /// It signs until this time; for good, if none.
    pub(super) expires_at: Option<Timestamp>,
}

impl Address {
    /// The secrets that sign at this time, newest first.
    pub(super) fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &SigningSecret> {
        let is_valid = move |signing: &&SigningSecret| signing.is_valid_at(now);
        self.secrets.iter().filter(is_valid)
    }
}

impl SigningSecret {
    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|until| now < until)
    }
}

impl Engine {
    /// Seals an address under the installation's key.
    pub(super) async fn seal_address(
        &self,
        unit: &mut dyn UnitOfWork,
        id: EndpointId,
        address: &Address,
    ) -> Result<Sealed, KeyRingError> {
        let key = self.key_of(unit, &KeyOwner::Installation).await?;
        let plain = Secret::new(Stored::of(address).to_json()?);
        Ok(key.seal(place(id), plain.expose())?)
    }

    pub(super) async fn open_address(
        &self,
        id: EndpointId,
        sealed: &Sealed,
    ) -> Result<Address, KeyRingError> {
        let opened = self.inner.keys.open_value(self.store(), place(id), sealed);
        Stored::read(&Secret::new(opened.await?))
    }

    pub(super) async fn open_address_in(
        &self,
        unit: &mut dyn UnitOfWork,
        id: EndpointId,
        sealed: &Sealed,
    ) -> Result<Address, KeyRingError> {
        let opened = self.inner.keys.open_in(unit, place(id), sealed);
        Stored::read(&Secret::new(opened.await?))
    }
}

/// Where an endpoint's address lives.
const fn place(id: EndpointId) -> Place {
    Place {
        column: "endpoints.address",
        row: id.as_uuid(),
    }
}

/// The address as it is written down. It lives for a moment, between plain and sealed.
#[derive(Serialize, Deserialize)]
struct Stored {
    url: String,
    secrets: Vec<StoredSecret>,
    headers: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct StoredSecret {
    secret: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl Stored {
    fn of(address: &Address) -> Self {
        let stored = |signing: &SigningSecret| StoredSecret {
            secret: signing.secret.expose().expose().clone(),
            created_at: signing.created_at,
            expires_at: signing.expires_at,
        };
        let headers = address.headers.iter();
        Self {
            url: address.url.expose().clone(),
            secrets: address.secrets.iter().map(stored).collect(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.expose().clone()))
                .collect(),
        }
    }

    fn to_json(&self) -> Result<Vec<u8>, OpenFailed> {
        serde_json::to_vec(self).map_err(|_| OpenFailed)
    }

    fn read(plain: &Secret<Vec<u8>>) -> Result<Address, KeyRingError> {
        let stored: Self = json::decode(plain.expose()).map_err(|_| OpenFailed)?;
        let secrets = stored.secrets.into_iter().map(|stored| {
            Ok(SigningSecret {
                secret: stored.secret.parse().map_err(|_| OpenFailed)?,
                created_at: stored.created_at,
                expires_at: stored.expires_at,
            })
        });
        let headers = stored.headers.into_iter();
        Ok(Address {
            url: Secret::new(stored.url),
            secrets: secrets.collect::<Result<_, OpenFailed>>()?,
            headers: headers
                .map(|(name, value)| (name, Secret::new(value)))
                .collect(),
        })
    }
}
