//! The hosted page.

use super::*;

impl World {
    async fn page(&self, method: Method, run: &str, form: &'static str) -> Response<Bytes> {
        let url = format!("https://eu.onfido.app/l/{run}");
        let body = ("application/x-www-form-urlencoded", Bytes::from(form));
        self.ask(method, &url, "", body).await
    }

    async fn linked_run(&self, link: Value) -> String {
        let wanted = json!({
            "applicant_id": self.applicant().await,
            "workflow_id": WORKFLOW_ID,
            "link": link,
        });
        let run = self.post("workflow_runs", wanted).await;
        run["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn whoever_fills_in_the_page_chooses_what_happens_and_is_led_back() {
    let world = World::new();
    let back = json!({ "completed_redirect_url": "https://app.example/done" });
    let run = world.linked_run(back).await;
    let shown = world.page(Method::GET, &run, "").await;
    let text = String::from_utf8_lossy(shown.body()).into_owned();
    assert!(text.contains("awaiting_input") && text.contains("value=\"face-mismatch\""));
    let nothing = world.page(Method::POST, &run, "").await;
    assert_eq!(nothing.status(), StatusCode::OK);
    let done = world
        .page(Method::POST, &run, "scenario=face-mismatch")
        .await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(done.headers()["location"], "https://app.example/done");
    world.simulator.advance(Duration::from_secs(60)).await;
    assert_eq!(world.status(&run).await, "declined");
    let ended = world.page(Method::GET, &run, "").await;
    assert!(!String::from_utf8_lossy(ended.body()).contains("<form"));
    let missing = world.page(Method::GET, "nobody", "").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_that_has_expired_leads_where_it_was_told_to() {
    let world = World::new();
    let run = world
        .linked_run(json!({
            "expires_at": "2026-11-20T13:00:00Z",
            "expired_redirect_url": "https://app.example/late",
        }))
        .await;
    assert_eq!(
        world.page(Method::GET, &run, "").await.status(),
        StatusCode::OK
    );
    world.simulator.advance(Duration::from_secs(86_400)).await;
    let late = world.page(Method::GET, &run, "").await;
    assert_eq!(late.headers()["location"], "https://app.example/late");
    assert_eq!(world.status(&run).await, "awaiting_input");
}
