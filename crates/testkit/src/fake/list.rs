//! Going through the checks the fake vendor holds.

use async_trait::async_trait;
use bytes::Bytes;
use idv_core::{Error, List, ListQuery, ListScope, Purpose, SessionPage, json};

use super::FakeProvider;
use super::wire::Checks;

#[async_trait]
impl List for FakeProvider {
    fn scope(&self) -> ListScope {
        ListScope::Account
    }

    async fn list(&self, query: &ListQuery, cursor: Option<&str>) -> Result<SessionPage, Error> {
        let bytes = self.client.list_checks(&encoded(query, cursor)).await?;
        let page: Checks = json::decode(&bytes).map_err(Self::unreadable("list_checks"))?;
        let read = |check: &serde_json::Value| self.snapshot(Bytes::from(check.to_string()));
        let sessions: Vec<_> = page
            .checks
            .iter()
            .filter_map(|check| read(check).ok())
            .collect();
        let unreadable = page.checks.len().saturating_sub(sessions.len());
        let unreadable = u32::try_from(unreadable).unwrap_or(u32::MAX);
        Ok(SessionPage::new(sessions, unreadable, page.next))
    }
}

fn encoded(query: &ListQuery, cursor: Option<&str>) -> String {
    let subject = query.subject.as_ref();
    let subject = subject.map(|subject| subject.expose(Purpose::SendToVendor).to_owned());
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("after", cursor.map(str::to_owned)),
        ("subject", subject),
        ("since", query.created_since.map(|time| time.to_string())),
        ("before", query.created_before.map(|time| time.to_string())),
    ] {
        if let Some(value) = value {
            encoded.append_pair(name, &value);
        }
    }
    encoded.finish()
}
