//! What only a database in a file can show.

use std::collections::BTreeSet;
use std::sync::Arc;

use idv_core::{Actor, OrganizationId, SubjectRef};
use idv_engine::GetOrRequest;
use idv_sqlite::SqliteStore;

use crate::world::{Options, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_tasks_at_once_on_one_file_one_makes_the_request_and_all_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("idv.db"))
        .await
        .unwrap();
    let world = World::over((Arc::new(store), Box::new(folder)), Options::default()).await;
    let calls: Vec<_> = (0..64)
        .map(|i| {
            let mut command =
                GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
            command.organization = Some(OrganizationId::new(format!("company-{i}")));
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.get_or_request(command).await.unwrap() })
        })
        .collect();
    let (mut ids, mut made) = (BTreeSet::new(), 0);
    for call in calls {
        let answer = call.await.unwrap();
        ids.insert(answer.request.request.id);
        made += usize::from(answer.created);
    }
    assert_eq!((ids.len(), made), (1, 1));
    assert_eq!(world.vendor.sessions().len(), 1);
    let affected = world.only_request().await.request.affected_organizations;
    let affected: BTreeSet<_> = affected.iter().map(OrganizationId::as_str).collect();
    assert_eq!(affected.len(), 64);
}
