//! Subjects, and what is kept of the vendor's answers about them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idv_core::{ObservationId, ProviderInfo, Purpose, RequestId, Snapshot, SubjectRef};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Engine;
use crate::account::Environment;
use std::sync::Arc;

use crate::crypt::{DataKey, KeyRingError, OpenFailed, Place};
use crate::store::{
    KeyOwner, Sealed, StoreError, StoreErrorKind, SubjectId, SubjectRow, UnitOfWork,
};

impl Engine {
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

    /// The key under which everything about a subject is sealed; none once the person was erased. Then nothing about
    /// them is kept any more.
    pub(crate) async fn subject_key(
        &self,
        unit: &mut dyn UnitOfWork,
        subject: SubjectId,
    ) -> Result<Option<Arc<DataKey>>, KeyRingError> {
        let row = unit
            .subject(subject)
            .await?
            .ok_or_else(|| corrupt("a request without a subject"))?;
        if row.erased_at.is_some() {
            return Ok(None);
        }
        self.key_of(unit, &KeyOwner::Subject(subject))
            .await
            .map(Some)
    }

    /// As [`Engine::subject_key`], of the subject of a request, which is locked by this.
    pub(crate) async fn key_of_subject_of(
        &self,
        unit: &mut dyn UnitOfWork,
        request: RequestId,
    ) -> Result<Option<Arc<DataKey>>, KeyRingError> {
        let row = unit
            .request(request)
            .await?
            .ok_or_else(|| corrupt("a session without a request"))?;
        self.subject_key(unit, row.subject).await
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
pub(crate) struct StoredPart {
    pub(crate) part: String,
    pub(crate) body_base64: String,
}

/// Seals the parts of a snapshot under the subject's key, credentials blanked. None if the person was erased.
pub(crate) async fn seal_parts(
    engine: &Engine,
    unit: &mut dyn UnitOfWork,
    parts: SealedParts<'_>,
) -> Result<Option<Sealed>, KeyRingError> {
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
            body_base64: STANDARD.encode(info.without_credentials(&part.name, &part.bytes)),
        })
        .collect();
    let plain = serde_json::to_vec(&stored).map_err(|_| OpenFailed)?;
    let Some(key) = engine.key_of_subject_of(unit, request).await? else {
        return Ok(None);
    };
    Ok(Some(key.seal(raw_place(id), &plain)?))
}

/// Where the vendor's bytes behind an observation live, or the words of whoever gave a command.
pub(crate) const fn raw_place(id: ObservationId) -> Place {
    Place {
        column: "observations.raw",
        row: id.as_uuid(),
    }
}
