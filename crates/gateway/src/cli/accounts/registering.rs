//! Registering an address, so that whatever happens in between is seen the next time.
//!
//! The vendor is asked first, the file is tried next, and only then is anything registered: the secret is shown once.

use idv_core::{WebhookAdmin, WebhookRegistration};
use url::Url;

use super::address;
use super::secrets_file::SecretsFile;
use crate::cli::Failure;
use crate::gateway::reasons;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// One registration whose secret is known.
    Connect,
    /// Another one, beside those there are.
    Rotate,
    /// A new one, in place of those there are.
    Replace,
}

/// What there is now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It was there. More than one while a secret is being replaced.
    Already { ids: Vec<String> },
    Registered {
        id: String,
        /// Those that are left in use.
        beside: Vec<String>,
        /// Those that were ended.
        ended: Vec<String>,
    },
}

pub(super) async fn register(
    admin: &dyn WebhookAdmin,
    file: &SecretsFile,
    url: &Url,
    wish: Wish,
) -> Result<Done, Failure> {
    let all = admin.webhooks().await.map_err(|error| {
        Failure::failed(format!(
            "the vendor could not be asked: {}",
            reasons(&error)
        ))
    })?;
    let here: Vec<_> = all
        .into_iter()
        .filter(|registration| address::is_same(url, &registration.url))
        .collect();
    let unreadable = |error: std::io::Error| {
        let path = file.path().display();
        Failure::usage(format!(
            "{path} cannot be written ({error}): let this user read and replace it. Nothing was registered"
        ))
    };
    let mut whole = Vec::new();
    for registration in &here {
        let is_known = file.knows(registration).map_err(unreadable)?;
        match wish {
            Wish::Connect => check(registration, is_known)?,
            Wish::Rotate | Wish::Replace => {}
        }
        if is_known {
            whole.push(registration.id.clone());
        }
    }
    match wish {
        Wish::Connect if !whole.is_empty() => return Ok(Done::Already { ids: whole }),
        Wish::Rotate if whole.is_empty() => {
            return Err(Failure::usage(
                "--rotate: there is no registration of this address whose secret is known here: leave it out, or say --replace",
            ));
        }
        _ => {}
    }
    file.check_writable().map_err(unreadable)?;
    let id = make(admin, file, url).await?;
    let earlier: Vec<_> = here
        .into_iter()
        .map(|registration| registration.id)
        .collect();
    let (beside, ended) = match wish {
        Wish::Replace => (Vec::new(), end(admin, file, &id, earlier).await?),
        Wish::Connect | Wish::Rotate => (earlier, Vec::new()),
    };
    Ok(Done::Registered { id, beside, ended })
}

/// Whether a registration is as it should be.
fn check(registration: &WebhookRegistration, is_known: bool) -> Result<(), Failure> {
    let id = &registration.id;
    if !is_known {
        return Err(Failure::failed(format!(
            "{id} is registered for this address, and its secret is not known to be here: it was made elsewhere, or a run of this command ended halfway. \
             If it was made elsewhere and its secret is in the file, nothing is to be done. Else --replace registers anew, keeps the secret, and ends {id}"
        )));
    }
    if !registration.is_enabled {
        return Err(Failure::failed(format!(
            "{id} is registered for this address and switched off at the vendor: switch it on there, or say --replace"
        )));
    }
    if !registration.lacks.is_empty() {
        return Err(Failure::failed(format!(
            "{id} is registered for this address and not for all that matters: it lacks {}. --replace registers anew and ends {id}",
            registration.lacks.join(", ")
        )));
    }
    Ok(())
}

/// Registers, and keeps the secret.
async fn make(admin: &dyn WebhookAdmin, file: &SecretsFile, url: &Url) -> Result<String, Failure> {
    let made = admin
        .register_webhook(url.as_str())
        .await
        .map_err(|error| {
            let more = if error.may_have_taken_effect {
                ". It may have been registered all the same: run this again, and it is seen"
            } else {
                ""
            };
            Failure::failed(format!(
                "the address was not registered: {}{more}",
                reasons(&error)
            ))
        })?;
    let kept = match &made.secret {
        Some(secret) => file
            .add(&made.id, secret)
            .map_err(|error| error.to_string()),
        None => Err("the vendor did not show it".to_owned()),
    };
    let Err(why) = kept else {
        return Ok(made.id);
    };
    // A registration whose secret nobody has only makes refusals.
    let id = &made.id;
    let undone = match admin.unregister_webhook(id).await {
        Ok(()) => "so the registration was ended again".to_owned(),
        Err(error) => format!(
            "and the registration could not be ended again ({}): `idv accounts disconnect` with --id {id} does that",
            reasons(&error)
        ),
    };
    Err(Failure::failed(format!(
        "the secret of {id} could not be kept ({why}), {undone}"
    )))
}

async fn end(
    admin: &dyn WebhookAdmin,
    file: &SecretsFile,
    new: &str,
    earlier: Vec<String>,
) -> Result<Vec<String>, Failure> {
    for id in &earlier {
        let ended = admin.unregister_webhook(id).await;
        ended.map_err(|error| {
            Failure::failed(format!(
                "{new} is registered and its secret is kept, but {id} could not be ended ({}): `idv accounts disconnect` with --id {id} does that",
                reasons(&error)
            ))
        })?;
        // The new one is there, so it matters little if a secret that proves nothing more stays behind.
        let _ = file.forget(id);
    }
    Ok(earlier)
}

#[cfg(test)]
mod tests;
