//! What becomes of people who are deleted.

use super::*;

#[tokio::test]
async fn a_deleted_applicant_is_gone_with_the_files_until_the_deletion_is_taken_back_or_final() {
    let world = World::new();
    let run = world.run("Doe", "a+passed@example.com", json!([])).await;
    world.simulator.advance(Duration::from_secs(60)).await;
    let object = world.get(&format!("workflow_runs/{run}")).await;
    let applicant = object["applicant_id"].as_str().unwrap();
    let documents = format!("documents?applicant_id={applicant}");
    let listed = world.get(&documents).await;
    let file = listed["documents"][0]["id"].as_str().unwrap();
    let download = format!("documents/{file}/download");
    let gone = (410, "gone".to_owned());

    let path = format!("applicants/{applicant}");
    let restore = format!("{path}/restore");
    assert_eq!(world.call(Method::DELETE, &path, Value::Null).await.0, 204);
    for path in [&path, &documents, &download] {
        assert_eq!(world.refused(Method::GET, path, Value::Null).await, gone);
    }
    assert_eq!(
        world.refused(Method::DELETE, &path, Value::Null).await,
        gone
    );
    assert_eq!(world.call(Method::POST, &restore, Value::Null).await.0, 204);
    assert_eq!(world.get(&documents).await, listed);
    assert_eq!(world.call(Method::DELETE, &path, Value::Null).await.0, 204);
    world
        .simulator
        .advance(Duration::from_secs(31 * 86_400))
        .await;
    assert_eq!(
        world.refused(Method::POST, &restore, Value::Null).await,
        gone
    );
    assert_eq!(world.status(&run).await, "approved");
}

/// What everything of this person has in it.
const NAME: &str = "Zzyzx";
/// The number of every document here.
const DOCUMENT_NUMBER: &str = "999999999";

/// Everything that is kept about a run and its applicant.
async fn kept(world: &World, run: &str) -> String {
    let applicants = world.get("applicants?include_deleted=true").await;
    let run = Vendor::object(&*world.account, run, world.simulator.now());
    let state = world.account.state();
    let files: Vec<_> = state.media.iter().collect();
    format!("{applicants} {} {files:?}", run.unwrap())
}

async fn passed(world: &World) -> String {
    let run = world.run(NAME, "zzyzx+passed@example.com", json!([])).await;
    world.simulator.advance(Duration::from_secs(60)).await;
    let kept = kept(world, &run).await;
    assert!(kept.contains(NAME) && kept.contains(DOCUMENT_NUMBER));
    run
}

async fn assert_nobody_is_known(world: &World, run: &str) {
    let kept = kept(world, run).await.to_lowercase();
    for word in [NAME, DOCUMENT_NUMBER, "1990-01-01", "png"] {
        assert!(!kept.contains(&word.to_lowercase()), "{word}: {kept}");
    }
    // What was found stays.
    let object = Vendor::object(&*world.account, run, world.simulator.now()).unwrap();
    assert_eq!(object["status"], "approved");
    let mut check = object["tasks"].as_array().unwrap().iter();
    let check = check.rfind(|task| task["task_def_id"] == "document_check");
    assert_eq!(check.unwrap()["output"]["result"], "clear");
}

#[tokio::test]
async fn whoever_is_erased_is_known_to_nobody_and_what_was_found_stays() {
    let world = World::new();
    let run = passed(&world).await;
    let erase = Action::new("erase_applicant");
    let now = world.simulator.now();
    Vendor::play(&*world.account, &run, &erase, now).unwrap();
    assert_nobody_is_known(&world, &run).await;
}

#[tokio::test]
async fn a_deletion_that_nobody_takes_back_erases_in_the_end() {
    let world = World::new();
    let (run, kept_run) = (passed(&world).await, passed(&world).await);
    let applicant = async |run: &str| {
        let run = world.get(&format!("workflow_runs/{run}")).await;
        format!("applicants/{}", run["applicant_id"].as_str().unwrap())
    };
    let path = applicant(&kept_run).await;
    let restore = format!("{path}/restore");
    assert_eq!(world.call(Method::DELETE, &path, Value::Null).await.0, 204);
    assert_eq!(world.call(Method::POST, &restore, Value::Null).await.0, 204);
    let path_of_deleted = applicant(&run).await;
    let deleted = world.call(Method::DELETE, &path_of_deleted, Value::Null);
    assert_eq!(deleted.await.0, 204);
    world
        .simulator
        .advance(Duration::from_secs(31 * 86_400))
        .await;
    assert_eq!(world.get(&path).await["last_name"], NAME);
    let erase = Action::new("erase_applicant");
    let now = world.simulator.now();
    let object = Vendor::object(&*world.account, &run, now).unwrap();
    assert!(!object.to_string().contains(NAME), "{object}");
    Vendor::play(&*world.account, &kept_run, &erase, now).unwrap();
    assert_nobody_is_known(&world, &run).await;
}
