//! The accounts: `[accounts.<name>]`.

use idv_core::AccountId;
use idv_core::webhook::{KeyLabel, SigningKey};
use idv_engine::{Environment, Unmatched};

use super::secrets;
use super::section::{Complaints, Section};
use super::settings::AccountSettings;
use super::tree::{Node, Origin};
use crate::providers::{self, PROVIDERS};

/// Names are part of URLs and of environment variables, so they are plain.
const MAX_NAME_LENGTH: usize = 64;

struct Read {
    settings: AccountSettings,
    default: Option<(bool, Origin)>,
}

/// Reads every account, and which one is the default.
pub(super) fn read(
    mut section: Section,
    complaints: &mut Complaints,
) -> (Vec<AccountSettings>, Option<AccountId>) {
    let mut accounts = Vec::new();
    for (name, node) in section.take_all() {
        let path = section.name_of(&idv_core::label(&name));
        if !is_plain(&name) {
            complaints.add(
                &node.origin,
                &path,
                "is not a name for an account",
                "use lower-case letters, digits and \"-\" between them, 64 characters at most",
            );
        }
        accounts.extend(account(
            &name,
            Section::open(path, node, complaints),
            complaints,
        ));
    }
    let default = default_account(&accounts, complaints);
    let settings = accounts.into_iter().map(|read| read.settings).collect();
    (settings, default)
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty()
        && name.len() <= MAX_NAME_LENGTH
        && name.chars().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

fn account(name: &str, mut section: Section, complaints: &mut Complaints) -> Option<Read> {
    let kinds: Vec<_> = PROVIDERS
        .iter()
        .map(|provider| (provider.id, provider))
        .collect();
    let provider = required_word(&mut section, "provider", &kinds, complaints);
    let environments = [
        ("live", Environment::Live),
        ("sandbox", Environment::Sandbox),
    ];
    let environment = required_word(&mut section, "environment", &environments, complaints);
    let api_key = secrets::one(&mut section, "api_key", "api_key_file", complaints);
    let webhook_secrets = webhook_secrets(&mut section, complaints);
    let unmatched = [("park", Unmatched::Park), ("adopt", Unmatched::Adopt)];
    let unmatched = section.word("unmatched", &unmatched, complaints);
    let default = section.boolean("default", complaints);
    let origin = section.origin.clone();
    let options = section
        .take("options")
        .unwrap_or_else(|| Node::empty_table(origin.clone()));
    section.finish(complaints);
    let (api_key, api_key_origin) = api_key.map(|found| (found.value, found.origin)).unzip();
    let settings = AccountSettings {
        id: AccountId::new(name),
        provider: provider?,
        environment: environment?,
        api_key,
        webhook_secrets: webhook_secrets?,
        unmatched: unmatched.map(|found| found.value).unwrap_or_default(),
        options,
        origin,
        api_key_origin,
    };
    for problem in providers::check(&settings) {
        complaints.push(problem);
    }
    Some(Read {
        settings,
        default: default.map(|found| (found.value, found.origin)),
    })
}

fn required_word<T: Copy>(
    section: &mut Section,
    key: &'static str,
    words: &[(&str, T)],
    complaints: &mut Complaints,
) -> Option<T> {
    let node = section.take(key);
    let Some(node) = node else {
        let list: Vec<_> = words
            .iter()
            .map(|(word, _)| format!("{key} = \"{word}\""))
            .collect();
        section.missing(key, &format!("write {}", list.join(" or ")), complaints);
        return None;
    };
    section.put_back(key, node);
    section
        .word(key, words, complaints)
        .map(|found| found.value)
}

fn webhook_secrets(section: &mut Section, complaints: &mut Complaints) -> Option<Vec<SigningKey>> {
    const REMEDY: &str =
        "give the signing secret of the webhook endpoint, from the vendor's dashboard";
    let asked_before = complaints.count();
    let found = secrets::several(
        section,
        "webhook_secrets",
        "webhook_secrets_file",
        complaints,
    );
    let Some(found) = found else {
        if complaints.count() == asked_before {
            section.missing("webhook_secrets", REMEDY, complaints);
        }
        return None;
    };
    let mut keys = Vec::new();
    for (index, secret) in found.into_iter().enumerate() {
        let label = format!("webhook_secrets[{index}]");
        match SigningKey::new(KeyLabel::new(&label), secret.value) {
            Ok(key) => keys.push(key),
            Err(_) => {
                complaints.add(
                    &secret.origin,
                    &section.name_of(&label),
                    "is blank: anybody could sign with it",
                    REMEDY,
                );
            }
        }
    }
    Some(keys)
}

/// The one that says so, else the only one that can start verifications.
fn default_account(accounts: &[Read], complaints: &mut Complaints) -> Option<AccountId> {
    let mut chosen = None;
    for account in accounts {
        let Some((true, origin)) = &account.default else {
            continue;
        };
        let id = &account.settings.id;
        if account.settings.api_key.is_none() {
            complaints.add(
                origin,
                &format!("accounts.{id}.default"),
                "is true, and the account has no API key to start anything with",
                "give it an api_key, or leave default out",
            );
        }
        if let Some(other) = chosen.replace(id.clone()) {
            complaints.add(
                origin,
                &format!("accounts.{id}.default"),
                &format!("is true, and that of {other} as well"),
                "let one account be the default",
            );
        }
    }
    let mut able = accounts
        .iter()
        .filter(|account| account.settings.api_key.is_some() && account.default.is_none());
    match (chosen, able.next(), able.next()) {
        (Some(id), _, _) => Some(id),
        (None, Some(only), None) => Some(only.settings.id.clone()),
        _ => None,
    }
}
