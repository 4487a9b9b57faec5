//! What is told of the person, and to whom.

use serde_json::json;

use super::*;

const EVERYTHING: &str = "expand[]=verified_outputs.dob&expand[]=verified_outputs.id_number&expand[]=verified_outputs.sex\
                          &expand[]=last_verification_report.document.number\
                          &expand[]=last_verification_report.document.expiration_date\
                          &expand[]=last_verification_report.id_number.id_number";
const WHOLE: &str = "type=document&options[document][require_id_number]=true&options[document][require_matching_selfie]=true";

#[test]
fn outputs_are_there_only_when_they_are_asked_for_and_verified() {
    let world = World::new();
    let open = world.session("type=document");
    let id = world.verified("type=document");
    let read = |id: &str, query: &str| world.get(&format!("{SESSIONS}/{id}?{query}")).ok();
    assert!(read(&id, "").get("verified_outputs").is_none());
    assert_eq!(
        read(&open, "expand[]=verified_outputs")["verified_outputs"],
        Value::Null
    );
    let outputs = read(&id, "expand[]=verified_outputs")["verified_outputs"].clone();
    assert!(outputs["first_name"].is_string() && outputs["address"]["country"].is_string());
    assert_eq!(
        (&outputs["email"], &outputs["id_number_type"]),
        (&Value::Null, &Value::Null)
    );
    assert!(outputs.get("dob").is_none());
}

#[test]
fn what_is_sensitive_is_told_to_a_restricted_key_for_two_days() {
    let mut world = World::new();
    let id = world.verified(WHOLE);
    let uri = format!("{SESSIONS}/{id}?{EVERYTHING}");
    let restricted = world.get_with(RESTRICTED_KEY, &uri).ok();
    let (outputs, report) = (
        &restricted["verified_outputs"],
        &restricted["last_verification_report"],
    );
    assert!(outputs["dob"]["year"].is_number() && outputs["id_number"].is_string());
    assert!(outputs["sex"].is_string());
    assert!(
        report["document"]["number"].is_string()
            && report["document"]["expiration_date"]["year"].is_number()
    );
    assert!(report["id_number"]["id_number"].is_string());
    assert!(report["document"].get("dob").is_none(), "by name only");

    let is_silent = |session: &Value| {
        session["verified_outputs"]["first_name"].is_string()
            && session["verified_outputs"].get("dob").is_none()
            && session["last_verification_report"]["document"]
                .get("number")
                .is_none()
    };
    assert!(is_silent(&world.get(&uri).ok()), "a secret key is not told");
    world.later(48 * 3_600);
    assert!(!is_silent(&world.get_with(RESTRICTED_KEY, &uri).ok()));
    world.later(1);
    assert!(
        is_silent(&world.get_with(RESTRICTED_KEY, &uri).ok()),
        "nobody is told later"
    );
}

#[test]
fn a_report_tells_each_check_and_is_found_by_its_session() {
    let world = World::new();
    let id = world.session(WHOLE);
    world.submit(&id);
    let fail = Action::new("fail")
        .with("code", "document_expired")
        .with("also", json!(["selfie_manipulated"]));
    world.play(&id, &fail).unwrap();
    world.submit(&id);
    world.play(&id, &Action::new("verify")).unwrap();
    let other = world.verified("type=id_number&client_reference_id=other");

    let list = |query: &str| {
        world
            .get(&format!("/v1/identity/verification_reports?{query}"))
            .ok()["data"]
            .clone()
    };
    let reports = list(&format!("verification_session={id}"));
    assert_eq!(reports.as_array().unwrap().len(), 2, "newest first");
    let first = &reports[1];
    assert_eq!(first["document"]["error"]["code"], "document_expired");
    assert_eq!(first["selfie"]["error"]["code"], "selfie_manipulated");
    assert_eq!(first["id_number"]["status"], "verified");
    assert_eq!(first["document"]["files"].as_array().unwrap().len(), 2);
    assert_eq!(first["selfie"]["document"], first["document"]["files"][0]);
    assert_eq!(reports[0]["document"]["error"], Value::Null);
    assert_eq!(reports[0]["options"]["document"]["require_id_number"], true);
    assert_eq!(
        list("type=id_number")[0]["verification_session"],
        other.as_str()
    );
    assert_eq!(
        list("client_reference_id=other").as_array().unwrap().len(),
        1
    );

    let one = format!(
        "/v1/identity/verification_reports/{}",
        first["id"].as_str().unwrap()
    );
    assert_eq!(&world.get(&one).ok(), first);
    let sensitive = world
        .get_with(
            RESTRICTED_KEY,
            &format!("{one}?expand[]=document.expiration_date"),
        )
        .ok();
    assert!(
        sensitive["document"]["expiration_date"]["year"]
            .as_i64()
            .unwrap()
            < 2026,
        "it has expired"
    );
    assert_eq!(
        world.get("/v1/identity/verification_reports/vr_0").code(),
        Some("resource_missing")
    );
}

#[test]
fn what_could_not_be_read_is_null() {
    let world = World::new();
    let id = world.session("type=document");
    world.submit(&id);
    let verify = Action::new("verify")
        .with("unread", json!(["first_name"]))
        .with("document_type", "passport");
    world.play(&id, &verify).unwrap();
    let session = world
        .get(&format!(
            "{SESSIONS}/{id}?expand[]=verified_outputs&expand[]=last_verification_report"
        ))
        .ok();
    assert_eq!(session["verified_outputs"]["first_name"], Value::Null);
    assert!(session["verified_outputs"]["last_name"].is_string());
    assert_eq!(
        session["last_verification_report"]["document"]["type"],
        "passport"
    );
}

#[test]
fn the_same_seed_makes_the_same_account() {
    let told = |seed: u64| {
        let world = World::of(Account::simulated().with_seed(seed));
        let id = world.verified(WHOLE);
        world.account.object(&id, START).unwrap()
    };
    assert_eq!(told(1), told(1));
    assert_ne!(told(1)["id"], told(2)["id"]);
    assert!(
        told(1)["verified_outputs"]["dob"]["year"].is_number(),
        "everything is shown"
    );
}

#[test]
fn an_event_tells_nothing_of_the_person() {
    let world = World::new();
    world.account.add_endpoint("http://app/hooks");
    world.verified(WHOLE);
    let (event, body) = world.outgoing().pop().unwrap();
    assert_eq!(event, "identity.verification_session.verified");
    let object = &body["data"]["object"];
    assert!(
        object.get("verified_outputs").is_none() && object["last_verification_report"].is_string()
    );
    assert_eq!(
        (&object["url"], &object["client_secret"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        body["request"],
        json!({ "id": null, "idempotency_key": null })
    );
}

#[test]
fn an_error_with_nothing_in_it_is_no_error() {
    let world = World::new();
    let id = world.session("type=document");
    world.submit(&id);
    world
        .play(&id, &Action::new("verify").with("empty_error", true))
        .unwrap();
    let session = world.get(&format!("{SESSIONS}/{id}")).ok();
    assert_eq!(session["status"], "verified");
    assert_eq!(
        session["last_error"],
        json!({ "code": null, "reason": null })
    );
}

#[test]
fn a_verification_that_is_refused_leaves_no_error_behind() {
    let world = World::new();
    let id = world.session("type=document");
    let verify = Action::new("verify").with("empty_error", true);
    let refused = world.play(&id, &verify);
    assert!(matches!(refused, Err(CannotPlay::NotNow(_))));
    let session = world.get(&format!("{SESSIONS}/{id}")).ok();
    assert_eq!(session["last_error"], Value::Null);
}
