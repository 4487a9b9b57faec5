//! Whose attempt it is: the application's own id of the person, or a user of the vendor.

use serde_json::{Map, Value, json};

use super::api::Call;
use super::fault::Fault;
use super::fields::Fields;
use crate::plaid::input;

/// A user of the vendor (`usr_…`).
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) client_user_id: String,
    /// What an attempt of this user begins with.
    pub(super) identity: Map<String, Value>,
}

impl Call<'_> {
    /// The application's id of the person, and the vendor's if it was used.
    pub(super) fn whose(
        &self,
        client_user_id: Option<&str>,
        user_id: Option<&str>,
    ) -> Result<(String, Option<String>), Fault> {
        if client_user_id.is_some_and(input::is_email) {
            return Err(Fault::field("client_user_id must not hold personal data"));
        }
        let Some(user_id) = user_id else {
            let missing = || Fault::missing_fields(&["client_user_id"]);
            return Ok((client_user_id.ok_or_else(missing)?.to_owned(), None));
        };
        let user = self.state.users.get(user_id);
        let user = user.ok_or_else(Fault::user_not_found)?;
        if client_user_id.is_some_and(|id| id != user.client_user_id) {
            return Err(Fault::field("user_id was made for another client_user_id"));
        }
        Ok((user.client_user_id.clone(), Some(user_id.to_owned())))
    }

    /// A user of the newer API: the same one again for the same person.
    pub(super) fn create_user(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let known = [
            "identity",
            "end_customer",
            "consumer_report_user_identity",
            "with_upgraded_user",
        ];
        let fields = Fields::of(body, &["client_user_id"], &known)?;
        let client_user_id = fields.wanted_text("client_user_id")?;
        let (client_user_id, _) = self.whose(Some(client_user_id), None)?;
        let mut users = self.state.users.iter();
        let found = users.find(|(_, user)| user.client_user_id == client_user_id);
        if let Some((id, _)) = found {
            return Ok(json!({ "user_id": id }));
        }
        let identity = fields.object("identity")?.map(identity).unwrap_or_default();
        input::check(&identity).map_err(Fault::field)?;
        let id = self.state.ids.word("usr_", 14);
        let user = User {
            client_user_id,
            identity,
        };
        self.state.users.insert(id.clone(), user);
        Ok(json!({ "user_id": id }))
    }
}

/// The primary one of each list, in the form in which attempts have it.
fn identity(of_user: &Map<String, Value>) -> Map<String, Value> {
    let mut identity = Map::new();
    for name in ["name", "date_of_birth"] {
        if let Some(value) = of_user.get(name) {
            identity.insert(name.to_owned(), value.clone());
        }
    }
    for (list, data, name) in [
        ("emails", Some("data"), "email_address"),
        ("phone_numbers", Some("data"), "phone_number"),
        ("addresses", None, "address"),
        ("id_numbers", None, "id_number"),
    ] {
        let all = of_user.get(list).and_then(Value::as_array);
        let Some(all) = all.filter(|all| !all.is_empty()) else {
            continue;
        };
        let is_primary = |item: &&Value| item.get("primary") == Some(&Value::Bool(true));
        let mut item = all.iter().find(is_primary).or(all.first()).cloned();
        if let Some(members) = item.as_mut().and_then(Value::as_object_mut) {
            members.remove("primary");
            if let Some(street) = members.remove("street_1") {
                members.insert("street".to_owned(), street);
            }
            if let Some(street2) = members.remove("street_2") {
                members.insert("street2".to_owned(), street2);
            }
        }
        let value = match data {
            Some(data) => item.as_ref().and_then(|item| item.get(data)).cloned(),
            None => item,
        };
        identity.extend(value.map(|value| (name.to_owned(), value)));
    }
    identity
}
