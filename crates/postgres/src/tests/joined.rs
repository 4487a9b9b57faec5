//! The engine's row operations inside an application's own transaction.

use idv_engine::store::{Reads, StoreErrorKind, UnitOfWork};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::fresh;
use super::rows::{request, session, subject};
use crate::Joined;

async fn command(unit: &mut dyn UnitOfWork) {
    assert!(unit.insert_subject(&subject(1)).await.unwrap());
    let request = request(subject(1).id, 0);
    assert!(unit.insert_request(&request).await.unwrap());
    let session = session(request.id, None);
    assert!(unit.insert_session(&session).await.unwrap());
    assert!(unit.session(session.key).await.unwrap().is_some());
}

#[tokio::test]
async fn the_applications_writes_and_ours_are_one_transaction() {
    let Some((store, database)) = fresh().await else {
        return;
    };
    let mut application = PgConnection::connect(database.url()).await.unwrap();
    application
        .execute("CREATE TABLE public.requests (name text)")
        .await
        .unwrap();
    for commits in [false, true] {
        let mut transaction = application.begin().await.unwrap();
        (&mut *transaction)
            .execute("INSERT INTO public.requests VALUES ('onboarding')")
            .await
            .unwrap();
        command(&mut Joined::new(&mut transaction)).await;
        (&mut *transaction)
            .execute("INSERT INTO public.requests VALUES ('welcome')")
            .await
            .unwrap();
        if commits {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let ours = Reads::subject(&store, subject(1).id).await.unwrap();
        let theirs: i64 = sqlx::query_scalar("SELECT count(*) FROM public.requests")
            .fetch_one(&mut application)
            .await
            .unwrap();
        assert_eq!(ours.is_some(), commits);
        assert_eq!(theirs, if commits { 2 } else { 0 });
    }
}

#[tokio::test]
async fn a_connection_in_no_transaction_or_an_unsuited_one_is_refused() {
    let Some((store, database)) = fresh().await else {
        return;
    };
    let mut application = PgConnection::connect(database.url()).await.unwrap();
    for (begin, words) in [
        ("SELECT 1", "in no transaction"),
        ("BEGIN ISOLATION LEVEL REPEATABLE READ", "READ COMMITTED"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", "READ COMMITTED"),
    ] {
        application.execute(begin).await.unwrap();
        let mut unit = Joined::new(&mut application);
        let error = unit.insert_subject(&subject(1)).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Failed, "{begin}: {error}");
        assert!(error.to_string().contains(words), "{begin}: {error}");
        application.execute("ROLLBACK").await.unwrap();
    }
    let ours = Reads::subject(&store, subject(1).id).await.unwrap();
    assert!(ours.is_none());
}

#[tokio::test]
async fn a_database_without_our_tables_is_said_to_lack_them() {
    let Some(database) = idv_testkit::private_postgres::database() else {
        return;
    };
    let mut application = PgConnection::connect(database.url()).await.unwrap();
    let mut transaction = application.begin().await.unwrap();
    let mut unit = Joined::new(&mut transaction);
    let error = unit.insert_subject(&subject(1)).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupt, "{error}");
    let error = unit.insert_subject(&subject(1)).await.unwrap_err();
    assert!(error.to_string().contains("roll it back"), "{error}");
}
