//! Reading a stored webhook: opened, interpreted and checked, before anybody is asked about it.

use bytes::Bytes;
use idv_core::webhook::VerifiedWebhook;
use idv_core::{Concern, SessionId, WebhookEvent};

use super::BODY;
use super::failure::Failure;
use crate::Engine;
use crate::account::{Account, Environment};
use crate::crypt::{KeyRingError, Place};
use crate::store::{DeliveryRow, DeliveryState};

/// A webhook about a session, read.
pub(super) struct Heard<'a> {
    pub(super) row: &'a DeliveryRow,
    pub(super) event: WebhookEvent,
    pub(super) body: Bytes,
}

impl Engine {
    /// The session a delivery is about, and what it says. None if there is nothing to do: then it was settled.
    pub(super) async fn read<'a>(
        &self,
        account: &Account,
        row: &'a DeliveryRow,
    ) -> Result<Option<(SessionId, Heard<'a>)>, Failure> {
        let place = Place {
            column: BODY,
            row: row.id.as_uuid(),
        };
        if row.body.as_bytes().is_empty() {
            self.settle_emptied(row).await?;
            return Ok(None);
        }
        let keys = &self.inner.keys;
        let opened = keys.open_value(self.store(), place, &row.body).await;
        let body = match opened {
            Err(KeyRingError::WrongMasterKey) if self.is_about_erased(row).await? => {
                self.settle_emptied(row).await?;
                return Ok(None);
            }
            opened => Bytes::from(opened?),
        };
        let webhook = VerifiedWebhook::restored_from_inbox(body.clone(), row.receipt.clone());
        let event = account
            .provider
            .interpret(&webhook)
            .map_err(|unreadable| Failure::Dead {
                reason: format!("genuine, but unreadable: {unreadable}"),
            })?;
        if let Some(live) = event.live
            && live != (account.environment == Environment::Live)
        {
            let reason = "it comes from the vendor's other environment (live or sandbox) than this account's";
            return Err(Failure::Dead {
                reason: reason.to_owned(),
            });
        }
        match &event.concern {
            Concern::Session(session) => {
                let session = session.clone();
                Ok(Some((session, Heard { row, event, body })))
            }
            Concern::Nothing { reason } => {
                let reason = (*reason).to_owned();
                self.settle_alone(row, DeliveryState::Ignored, None, reason)
                    .await?;
                Ok(None)
            }
            _ => Err(Failure::Dead {
                reason: "it concerns something this version does not know".to_owned(),
            }),
        }
    }
}
