//! The keys applications call us with.

use std::sync::Arc;

use uuid::Uuid;

use super::sample::at;
use crate::store::{ApiKeyId, ApiKeyRow, Store};

fn key(number: u8, name: &str) -> ApiKeyRow {
    ApiKeyRow {
        id: ApiKeyId(Uuid::from_u128(u128::from(number))),
        name: name.to_owned(),
        secret_sha256: [number; 32],
        scopes: vec!["requests:read".to_owned(), "requests:write".to_owned()],
        created_at: at(i64::from(number)),
        revoked_at: None,
    }
}

pub(super) async fn an_api_key_reads_back_as_written(store: Arc<dyn Store>) {
    let written = key(1, "backend");
    assert!(store.api_keys().insert(&written).await.unwrap());
    let found = store.api_keys().api_key(written.id).await.unwrap();
    assert_eq!(format!("{:?}", found.unwrap()), format!("{written:?}"));
    let other = ApiKeyId(Uuid::from_u128(9));
    assert!(store.api_keys().api_key(other).await.unwrap().is_none());
}

pub(super) async fn a_name_has_one_valid_key(store: Arc<dyn Store>) {
    let keys = store.api_keys();
    assert!(keys.insert(&key(1, "backend")).await.unwrap());
    assert!(!keys.insert(&key(2, "backend")).await.unwrap());
    assert!(keys.api_key(key(2, "").id).await.unwrap().is_none());
    assert!(keys.insert(&key(3, "reports")).await.unwrap());
    assert!(keys.revoke("backend", at(10)).await.unwrap());
    assert!(keys.insert(&key(2, "backend")).await.unwrap());
}

pub(super) async fn a_revoked_key_is_revoked_once_and_stays_listed(store: Arc<dyn Store>) {
    let keys = store.api_keys();
    for (number, name) in [(1, "one"), (2, "two"), (3, "three")] {
        assert!(keys.insert(&key(number, name)).await.unwrap());
    }
    assert!(keys.revoke("two", at(10)).await.unwrap());
    assert!(!keys.revoke("two", at(20)).await.unwrap());
    assert!(!keys.revoke("four", at(20)).await.unwrap());
    let all = keys.all().await.unwrap();
    let listed: Vec<_> = all
        .iter()
        .map(|row| (row.name.as_str(), row.revoked_at))
        .collect();
    assert_eq!(
        listed,
        [("one", None), ("two", Some(at(10))), ("three", None)]
    );
}
