//! `webhook_siblings`: accounts whose webhooks come to another account's URL.

use idv_core::AccountId;

use super::accounts::Read;
use super::section::Complaints;

/// Checks the names and keeps those that hold. `declared`: every account there is, sound or not.
pub(super) fn resolve(accounts: &mut [Read], declared: &[String], complaints: &mut Complaints) {
    let providers: Vec<_> = accounts
        .iter()
        .map(|read| (read.settings.id.clone(), read.settings.provider.id))
        .collect();
    for read in accounts {
        let own = &mut read.settings;
        for (index, name) in read.siblings.iter().enumerate() {
            let id = AccountId::new(name.value.trim());
            let problem = if id == own.id {
                Some((
                    "is the account itself",
                    "name other accounts, or leave it out",
                ))
            } else if !declared.iter().any(|other| other == id.as_str()) {
                Some((
                    "is not the name of an account",
                    "name an account of this configuration, without \"accounts.\" before it",
                ))
            } else if providers
                .iter()
                .any(|(other, provider)| *other == id && *provider != own.provider.id)
            {
                Some((
                    "is an account with another provider",
                    "name accounts of the same provider: another vendor posts nothing here",
                ))
            } else {
                None
            };
            match problem {
                Some((what, remedy)) => complaints.add(
                    &name.origin,
                    &format!("accounts.{}.webhook_siblings[{index}]", own.id),
                    what,
                    remedy,
                ),
                None if own.webhook_siblings.contains(&id) => {}
                None => own.webhook_siblings.push(id),
            }
        }
    }
}
