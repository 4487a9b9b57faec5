//! The subject's way to the vendor.

use idv_core::{Error, ErrorKind, Secret, Unreadable, UserLink};
use serde_json::json;

use super::PlaidProvider;
use super::read::{Read, unreadable};
use crate::client::{Client, failed};
use crate::map;
use crate::wire::{self, Members as _};

impl PlaidProvider {
    /// The page of the session, which stays the same and does not expire; or else a token for the vendor's SDK.
    pub(super) async fn link(&self, client: &Client, read: &Read) -> Result<UserLink, Error> {
        let operation = "create_link_token";
        let conflict = |message| Err(failed(ErrorKind::Conflict, operation, message));
        if !read.is_active {
            return conflict("the session takes no input from the subject");
        }
        if let Some(url) = &read.shareable_url {
            return Ok(UserLink::new(Some(Secret::from(url.as_str())), None, None));
        }
        let Some(settings) = &self.options.link_tokens else {
            return conflict(
                "the session has no page, and the account makes no tokens for the vendor's SDK",
            );
        };
        let (Some(user), Some(template)) = (&read.client_user_id, &read.template_id) else {
            return conflict("the session names no person or no template to make a token for");
        };
        // The vendor resumes the session it has for this person and template.
        let product = json!({ "template_id": template, "gave_consent": self.options.gave_consent });
        let answer = client.create_link_token(settings, user, &product).await?;
        let refuse = |error| unreadable(operation, &answer, error);
        let object = map::object(&answer.body).map_err(refuse)?;
        let made = wire::LinkToken::of(&object);
        let secret = |text: wire::Text<'_>| text.get().filter(|t| !t.is_empty()).map(Secret::from);
        let token = secret(made.link_token);
        if token.is_none() {
            return Err(refuse(Unreadable::NotThisProvider {
                why: "it holds no link_token",
            }));
        }
        let hosted = secret(made.hosted_link_url);
        Ok(UserLink::new(hosted, token, made.expiration.time()))
    }
}
