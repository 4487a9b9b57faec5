//! From observations to state, inside one unit of work.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idv_core::{
    Attention, ObservationId, ProviderInfo, Purpose, RequestId, Snapshot, SubjectRef, json,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Engine;
use crate::account::{Account, Environment};
use crate::crypt::{KeyRingError, OpenFailed, Place};
use crate::fold::{SessionState, fold_request, fold_session};
use crate::store::{
    KeyOwner, Sealed, SessionRow, StoreError, StoreErrorKind, SubjectId, SubjectRow, UnitOfWork,
};

impl Engine {
    /// Folds a session anew, and its request with it. Everything is read inside the unit of work, so the result
    /// rests on all that was written before it commits.
    pub(crate) async fn refold(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &Account,
        session: &mut SessionRow,
    ) -> Result<(), KeyRingError> {
        let observations = unit.observations_of(session.key).await?;
        session.state = fold_session(account.provider.info(), &observations);
        session.updated_at = self.now();
        if !unit.update_session(session).await? {
            return Err(corrupt("two sessions of an account have the same vendor id").into());
        }
        let mut request = unit
            .request(session.request)
            .await?
            .ok_or_else(|| corrupt("a session without a request"))?;
        let sessions = unit.sessions_of(request.id).await?;
        let Some(current) = sessions
            .iter()
            .max_by_key(|s| (s.state.vendor_created_at.unwrap_or(s.created_at), s.key))
        else {
            return Err(corrupt("a session that its request does not have").into());
        };
        let superseded: Vec<&SessionState> = sessions
            .iter()
            .filter(|s| s.key != current.key)
            .map(|s| &s.state)
            .collect();
        let state = fold_request(&current.state, &superseded);
        if request.state == state && request.current_session == Some(current.key) {
            return Ok(());
        }
        let before = std::mem::replace(&mut request.state, state);
        request.current_session = Some(current.key);
        request.updated_at = self.now();
        if !unit.update_request(&request).await? {
            // It would be open again while another request of the subject is open.
            request.state = before;
            request.state.attention.push(Attention::Conflict);
            request.state.attention.sort();
            request.state.attention.dedup();
            unit.update_request(&request).await?;
        }
        Ok(())
    }

    /// The subject with this reference in one environment, locked; it is made, with a key of its own, if it is new.
    pub(crate) async fn lock_or_insert_subject(
        &self,
        unit: &mut dyn UnitOfWork,
        environment: Environment,
        reference: &SubjectRef,
    ) -> Result<SubjectId, KeyRingError> {
        let blind_index = self.inner.keys.blind_index(environment, reference);
        if let Some(row) = unit.lock_subject(&blind_index).await? {
            return Ok(row.id);
        }
        let id = SubjectId(Uuid::new_v4());
        let key = self.key_of(unit, &KeyOwner::Subject(id)).await?;
        let row = SubjectRow {
            id,
            blind_index,
            reference: key.seal(
                subject_place(id),
                reference.expose(Purpose::Store).as_bytes(),
            )?,
            created_at: self.now(),
            erased_at: None,
        };
        if unit.insert_subject(&row).await? {
            return Ok(id);
        }
        let winner = unit
            .lock_subject(&blind_index)
            .await?
            .ok_or_else(|| corrupt("a subject that is and is not there"))?;
        Ok(winner.id)
    }

    pub(crate) async fn subject_of(
        &self,
        unit: &mut dyn UnitOfWork,
        request: RequestId,
    ) -> Result<SubjectId, StoreError> {
        let row = unit
            .request(request)
            .await?
            .ok_or_else(|| corrupt("a session without a request"))?;
        Ok(row.subject)
    }
}

/// Where a subject's reference lives.
pub(crate) const fn subject_place(id: SubjectId) -> Place {
    Place {
        column: "subjects.reference",
        row: id.0,
    }
}

pub(crate) const fn corrupt(message: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, message)
}

/// What is sealed beside an observation.
pub(crate) struct SealedParts<'a> {
    pub(crate) id: ObservationId,
    pub(crate) request: RequestId,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) info: &'a ProviderInfo,
}

/// One stored part of a snapshot.
#[derive(Serialize, Deserialize)]
struct StoredPart {
    part: String,
    body_base64: String,
}

/// Seals the parts of a snapshot under the subject's key, credentials blanked.
pub(crate) async fn seal_parts(
    engine: &Engine,
    unit: &mut dyn UnitOfWork,
    parts: SealedParts<'_>,
) -> Result<Sealed, KeyRingError> {
    let SealedParts {
        id,
        request,
        snapshot,
        info,
    } = parts;
    let stored: Vec<_> = snapshot
        .parts
        .iter()
        .map(|part| StoredPart {
            part: part.name.to_string(),
            body_base64: STANDARD.encode(without_credentials(info, &part.name, &part.bytes)),
        })
        .collect();
    let plain = serde_json::to_vec(&stored).map_err(|_| OpenFailed)?;
    let subject = engine.subject_of(unit, request).await?;
    let key = engine.key_of(unit, &KeyOwner::Subject(subject)).await?;
    Ok(key.seal(
        Place {
            column: "observations.raw",
            row: id.as_uuid(),
        },
        &plain,
    )?)
}

/// A part's bytes with every credential the provider names replaced. Links and tokens let their bearer act as the
/// subject, so they are not kept even encrypted. A part that names credentials and is not JSON is not kept.
fn without_credentials(info: &ProviderInfo, part: &str, bytes: &[u8]) -> Vec<u8> {
    let pointers: Vec<_> = info
        .credential_pointers
        .iter()
        .filter(|c| c.part == part)
        .map(|c| c.pointer)
        .collect();
    if pointers.is_empty() {
        return bytes.to_vec();
    }
    let Ok(mut value) = json::decode::<serde_json::Value>(bytes) else {
        return Vec::new();
    };
    for pointer in pointers {
        let segments: Vec<_> = pointer.split('/').skip(1).collect();
        blank(&mut value, &segments);
    }
    serde_json::to_vec(&value).unwrap_or_default()
}

fn blank(value: &mut serde_json::Value, path: &[&str]) {
    let Some((segment, rest)) = path.split_first() else {
        if !value.is_null() {
            *value = serde_json::Value::String("[blanked]".to_owned());
        }
        return;
    };
    match value {
        serde_json::Value::Object(members) => {
            if let Some(member) = members.get_mut(*segment) {
                blank(member, rest);
            }
        }
        serde_json::Value::Array(items) if *segment == "*" => {
            for item in items {
                blank(item, rest);
            }
        }
        serde_json::Value::Array(items) => {
            if let Some(item) = segment.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                blank(item, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use idv_core::{CredentialPointer, ProviderId};

    use super::*;

    #[test]
    fn credentials_are_blanked_wherever_the_provider_says() {
        let mut info = ProviderInfo::new(ProviderId::new("p"), "P", "1", 1);
        info.credential_pointers = &[
            CredentialPointer {
                part: "session",
                pointer: "/token",
            },
            CredentialPointer {
                part: "session",
                pointer: "/files/*/url",
            },
        ];
        let body = br#"{"token":"t","files":[{"url":"u","id":1},{"url":null}],"keep":"k"}"#;
        let kept = String::from_utf8(without_credentials(&info, "session", body)).unwrap();
        assert_eq!(
            kept,
            r#"{"files":[{"id":1,"url":"[blanked]"},{"url":null}],"keep":"k","token":"[blanked]"}"#
        );
        assert_eq!(without_credentials(&info, "report", body), body);
        assert!(without_credentials(&info, "session", b"token=t").is_empty());
    }
}
