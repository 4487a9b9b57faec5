//! The accounts: `[accounts.<name>]`.

use std::path::PathBuf;

use idv_core::AccountId;
use idv_core::webhook::{KeyLabel, SigningKey};
use idv_engine::{Environment, Unmatched};

use super::secrets::{self, Demand};
use super::section::{Complaints, Found, Section};
use super::settings::{AccountSettings, KeyFile};
use super::siblings;
use super::tree::{Node, Origin, Value};
use crate::providers::{self, PROVIDERS, Provider};

/// Names are part of URLs and of environment variables, so they are plain.
const MAX_NAME_LENGTH: usize = 64;

pub(super) struct Read {
    pub(super) settings: AccountSettings,
    default: Option<(bool, Origin)>,
    /// The names in `webhook_siblings`, as they are written.
    pub(super) siblings: Vec<Found<String>>,
}

/// Reads every account, and which one is the default.
pub(super) fn read(
    mut section: Section,
    complaints: &mut Complaints,
) -> (Vec<AccountSettings>, Option<AccountId>) {
    let mut accounts = Vec::new();
    let mut names = Vec::new();
    for (name, node) in section.take_all() {
        names.push(name.clone());
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
    siblings::resolve(&mut accounts, &names, complaints);
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
    let webhook_secrets_file = secrets_file(&mut section);
    let proof = proof(&mut section, provider, complaints);
    let siblings = section
        .texts(
            "webhook_siblings",
            "a list of names of accounts",
            complaints,
        )
        .map(|found| found.value)
        .unwrap_or_default();
    let calls_per_sec = section.whole_if_given("calls_per_sec", "calls", 1..=10_000, complaints);
    let unmatched = [("park", Unmatched::Park), ("adopt", Unmatched::Adopt)];
    let unmatched = section.word("unmatched", &unmatched, complaints);
    let default = section.boolean("default", complaints);
    let origin = section.origin.clone();
    let options = section
        .take("options")
        .unwrap_or_else(|| Node::empty_table(origin.clone()));
    section.finish(complaints);
    let (api_key, api_key_origin) = api_key.map(|found| (found.value, found.origin)).unzip();
    let (webhook_secrets, webhook_keys) = proof?;
    let settings = AccountSettings {
        id: AccountId::new(name),
        provider: provider?,
        environment: environment?,
        api_key,
        webhook_secrets,
        webhook_secrets_file,
        webhook_keys,
        webhook_siblings: Vec::new(),
        unmatched: unmatched.map(|found| found.value).unwrap_or_default(),
        calls_per_sec: calls_per_sec.and_then(|calls| u32::try_from(calls).ok()),
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
        siblings,
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

/// What the account's webhooks are proven with: secrets, or public keys. What the provider does not want is
/// refused, for it would look like protection. None if anything is wrong.
fn proof(
    section: &mut Section,
    provider: Option<&Provider>,
    complaints: &mut Complaints,
) -> Option<(Vec<SigningKey>, Option<KeyFile>)> {
    if provider.is_some_and(|provider| !provider.wants_webhook_secrets) {
        for key in ["webhook_secrets", SECRETS_FILE] {
            if let Some(node) = section.take(key) {
                complaints.add(
                    &node.origin,
                    &section.name_of(key),
                    "has no meaning for this provider: the vendor signs with keys of its own",
                    "remove it",
                );
            }
        }
        return Some((Vec::new(), webhook_keys(section, complaints)?));
    }
    let keys_file = section.take(KEYS_FILE);
    if let (Some(node), Some(_)) = (keys_file, provider) {
        complaints.add(
            &node.origin,
            &section.name_of(KEYS_FILE),
            "has no meaning for this provider: the vendor signs with a secret of the account",
            "remove it, and give webhook_secrets",
        );
    }
    Some((webhook_secrets(section, complaints)?, None))
}

const KEYS_FILE: &str = "webhook_keys_file";
const SECRETS_FILE: &str = "webhook_secrets_file";

/// The path of the file with the secrets, whatever is in it.
fn secrets_file(section: &mut Section) -> Option<PathBuf> {
    let node = section.take(SECRETS_FILE)?;
    let path = match &node.value {
        Value::Text(path) | Value::Untyped(path) => Some(PathBuf::from(path)),
        _ => None,
    };
    section.put_back(SECRETS_FILE, node);
    path
}

/// True if there are no secrets because nobody has put any there yet.
fn has_no_secrets_yet(section: &mut Section) -> bool {
    if section.origin_of("webhook_secrets").is_some() {
        return false;
    }
    let file = secrets_file(section);
    let lacks = file.is_none_or(|file| match std::fs::read(file) {
        Ok(bytes) => bytes.trim_ascii().is_empty(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    });
    if lacks {
        section.take(SECRETS_FILE);
    }
    lacks
}

/// None if there is a file and it cannot be read.
fn webhook_keys(section: &mut Section, complaints: &mut Complaints) -> Option<Option<KeyFile>> {
    let expected = "the path of a JSON file with the vendor's public keys";
    let asked_before = complaints.count();
    let Some(file) = section.text(KEYS_FILE, expected, complaints) else {
        return (complaints.count() == asked_before).then_some(None);
    };
    match std::fs::read(&file.value) {
        Ok(bytes) => Some(Some(KeyFile {
            bytes,
            origin: file.origin,
        })),
        Err(error) => {
            complaints.add(
                &file.origin,
                &section.name_of(KEYS_FILE),
                &format!("names a file that cannot be read ({error})"),
                "put the keys there as the vendor's key endpoint returns them, and let this user read it",
            );
            None
        }
    }
}

fn webhook_secrets(section: &mut Section, complaints: &mut Complaints) -> Option<Vec<SigningKey>> {
    const REMEDY: &str =
        "give the signing secret of the webhook endpoint, from the vendor's dashboard";
    if complaints.may_lack_secrets && has_no_secrets_yet(section) {
        return Some(Vec::new());
    }
    let asked_before = complaints.count();
    let found = secrets::several(
        section,
        "webhook_secrets",
        SECRETS_FILE,
        Demand::AtLeastOne,
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
    // Across environments nothing is chosen silently: a live key that got lost must not send real people to the
    // sandbox account that is left.
    let mut environments = accounts.iter().map(|account| account.settings.environment);
    let first = environments.next();
    let is_one_environment = environments.all(|other| Some(other) == first);
    match (chosen, able.next(), able.next()) {
        (Some(id), _, _) => Some(id),
        (None, Some(only), None) if is_one_environment => Some(only.settings.id.clone()),
        _ => None,
    }
}
