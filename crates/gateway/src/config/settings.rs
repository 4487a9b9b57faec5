//! What a configuration says, as types.

use std::path::PathBuf;
use std::time::Duration;

use idv_core::webhook::SigningKey;
use idv_core::{AccountId, Secret};
use idv_engine::{EngineSettings, Environment, Unmatched};
use idv_http::{EndpointHttpSettings, HttpSettings};

use super::endpoints::Endpoints;
use super::secrets::{self, Demand};
use super::section::{Complaints, Section};
use super::tree::{Node, Origin};
use super::{
    DatabaseSettings, MailSettings, Problem, ServerSettings, TelemetrySettings, accounts, database,
    evidence, mail, policy, reconciler, server, telemetry,
};

/// Everything a gateway must know to start.
pub struct Settings {
    /// The HTTP server.
    pub server: ServerSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// Where the master key is.
    pub master_key: MasterKeySource,
    /// Master keys of before, which may still be in use.
    pub old_master_keys: Vec<Secret>,
    /// The setting they come from.
    pub(crate) old_master_keys_setting: &'static str,
    /// Logs.
    pub log: LogSettings,
    /// Whether anybody may read the figures about the program, without an API key.
    pub metrics_are_open: bool,
    /// Traces.
    pub telemetry: TelemetrySettings,
    /// The engine.
    pub engine: EngineSettings,
    /// Calls to vendors.
    pub outbound: HttpSettings,
    /// Calls to the application's endpoints.
    pub endpoints: EndpointHttpSettings,
    /// Mails to subjects; none are sent if absent.
    pub mail: Option<MailSettings>,
    /// The accounts, by name.
    pub accounts: Vec<AccountSettings>,
    /// The account new requests use when they name none.
    pub default_account: Option<AccountId>,
}

/// Where the master key is.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// In a file, which is made on the first start.
    File(PathBuf),
    /// In the configuration, which means in the environment.
    Given(Secret),
}

/// Logs.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// In which form.
    pub format: LogFormat,
    /// What: directives of `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

/// The form of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, else JSON.
    Auto,
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// One account.
#[derive(Clone)]
pub struct AccountSettings {
    /// Its name.
    pub id: AccountId,
    /// The kind of provider.
    pub provider: &'static crate::providers::Provider,
    /// The vendor's environment.
    pub environment: Environment,
    /// The API key; an account without one only receives.
    pub api_key: Option<Secret>,
    /// The keys that sign its webhooks, if the provider wants them.
    pub webhook_secrets: Vec<SigningKey>,
    /// The file they are in, one per line, if they are in one.
    pub webhook_secrets_file: Option<PathBuf>,
    /// Public keys that are known beforehand, for a provider whose webhooks are signed with such.
    pub(crate) webhook_keys: Option<KeyFile>,
    /// Accounts whose webhooks the vendor posts to this account's URL.
    pub webhook_siblings: Vec<AccountId>,
    /// What to do with sessions nobody here has started.
    pub unmatched: Unmatched,
    /// Calls per second to the vendor, over all processes. None: what the provider knows of the vendor's limit.
    pub calls_per_sec: Option<u32>,
    /// The provider's own options, for [`crate::providers`] to read.
    pub(crate) options: Node,
    /// The place of the account's table, and of its API key.
    pub(crate) origin: Origin,
    pub(crate) api_key_origin: Option<Origin>,
}

impl AccountSettings {
    /// An account that stands in no configuration, with an API key that opens nothing: to look at what one of this kind
    /// can do.
    pub(crate) fn of_nobody(provider: &'static crate::providers::Provider) -> Self {
        Self {
            id: AccountId::new("nobody"),
            provider,
            environment: Environment::Sandbox,
            api_key: Some(Secret::from("a key that opens nothing")),
            webhook_secrets: Vec::new(),
            webhook_secrets_file: None,
            webhook_keys: None,
            webhook_siblings: Vec::new(),
            unmatched: Unmatched::default(),
            calls_per_sec: None,
            options: Node::empty_table(Origin::Default),
            origin: Origin::Default,
            api_key_origin: None,
        }
    }
}

/// A file with public keys as the vendor hands them out, for [`crate::providers`] to read.
#[derive(Clone)]
pub(crate) struct KeyFile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) origin: Origin,
}

/// An hour in seconds: more than that is a slip of the finger for every timeout here.
pub(super) const HOUR_SECS: u64 = 3600;
/// A day in seconds.
const DAY_SECS: u64 = 24 * HOUR_SECS;

/// Reads the whole tree. None if anything is wrong. `may_lack_secrets`: see [`Complaints`].
pub(super) fn read(
    tree: Node,
    may_lack_secrets: bool,
    problems: &mut Vec<Problem>,
) -> Option<Settings> {
    let mut complaints = Complaints::default();
    complaints.may_lack_secrets = may_lack_secrets;
    let mut root = Section::open("", tree, &mut complaints);
    let server = server::read(root.section("server", &mut complaints), &mut complaints);
    let database = database::read(root.section("database", &mut complaints), &mut complaints);
    let encryption = encryption(root.section("encryption", &mut complaints), &mut complaints);
    let log = log(root.section("log", &mut complaints), &mut complaints);
    let metrics_are_open =
        telemetry::metrics(root.section("metrics", &mut complaints), &mut complaints);
    let telemetry = telemetry::read(root.section("telemetry", &mut complaints), &mut complaints);
    let mut engine = engine(root.section("engine", &mut complaints), &mut complaints);
    let section = root.section("reconciler", &mut complaints);
    // Read all the same if the engine's own section is wrong: everything that is wrong is said at once.
    let mut aside = EngineSettings::default();
    let reconciler = reconciler::read(
        section,
        engine.as_mut().unwrap_or(&mut aside),
        &mut complaints,
    );
    let max_evidence = evidence::read(root.section("evidence", &mut complaints), &mut complaints);
    let policy = policy::read(root.section("policy", &mut complaints), &mut complaints);
    let outbound = outbound(root.section("outbound", &mut complaints), &mut complaints);
    let endpoints = root.section("endpoints", &mut complaints);
    let endpoints = Endpoints::read(endpoints, &mut complaints);
    let mail = mail::read(root.section("mail", &mut complaints), &mut complaints);
    let accounts = accounts::read(root.section("accounts", &mut complaints), &mut complaints);
    root.finish(&mut complaints);
    problems.extend(complaints.into_list());
    let (accounts, default_account) = accounts;
    let (master_key, old_master_keys, old_master_keys_setting) = encryption;
    reconciler?;
    let mut engine = engine?;
    engine.evidence_max_bytes = max_evidence?;
    engine.policy = policy;
    endpoints.tell(&mut engine);
    Some(Settings {
        server: server?,
        database: database?,
        master_key: master_key?,
        old_master_keys,
        old_master_keys_setting,
        log: log?,
        metrics_are_open: metrics_are_open?,
        telemetry: telemetry?,
        engine,
        outbound,
        endpoints: endpoints.http,
        mail: mail?,
        accounts,
        default_account,
    })
}

fn encryption(
    mut section: Section,
    complaints: &mut Complaints,
) -> (Option<MasterKeySource>, Vec<Secret>, &'static str) {
    let given = section.text("master_key", "32 bytes in base64", complaints);
    let file = section.text("master_key_file", "the path of the key file", complaints);
    let source = match (given, file) {
        // The usual file is only where to look if nothing else was said.
        (Some(given), file) => {
            if let Some(file) = file.filter(|file| file.origin != Origin::Default) {
                let name = section.name_of("master_key_file");
                complaints.add(
                    &file.origin,
                    &name,
                    "is given, and master_key as well",
                    "keep one of the two",
                );
            }
            Some(MasterKeySource::Given(Secret::new(given.value)))
        }
        (None, Some(file)) => Some(MasterKeySource::File(PathBuf::from(file.value))),
        (None, None) => None,
    };
    let setting = match section.origin_of("old_master_keys_file") {
        Some(_) => "encryption.old_master_keys_file",
        None => "encryption.old_master_keys",
    };
    let old = secrets::several(
        &mut section,
        "old_master_keys",
        "old_master_keys_file",
        Demand::OldMasterKeys,
        complaints,
    );
    section.finish(complaints);
    let old = old.into_iter().flatten().map(|found| found.value).collect();
    (source, old, setting)
}

fn log(mut section: Section, complaints: &mut Complaints) -> Option<LogSettings> {
    let formats = [
        ("auto", LogFormat::Auto),
        ("json", LogFormat::Json),
        ("text", LogFormat::Text),
    ];
    let format = section.word("format", &formats, complaints);
    let expected = "a level such as \"info\", also per module: \"info,idv_engine=debug\"";
    let filter = section.text("filter", expected, complaints);
    let filter = filter.filter(|found| {
        let sound = crate::logs::is_sound_filter(&found.value);
        if !sound {
            let name = section.name_of("filter");
            complaints.add(
                &found.origin,
                &name,
                "is no log filter",
                &format!("give {expected}"),
            );
        }
        sound
    });
    section.finish(complaints);
    Some(LogSettings {
        format: format?.value,
        filter: filter?.value,
    })
}

fn engine(mut section: Section, complaints: &mut Complaints) -> Option<EngineSettings> {
    let mut whole = |key, unit, range| section.whole(key, unit, range, complaints);
    let workers = whole("workers", "workers", 1..=256);
    let workers_per_account = whole("workers_per_account", "workers", 0..=256);
    let inbox_queue = whole("inbox_queue", "webhooks", 1..=1_000_000);
    let inbox_batch = whole("inbox_batch", "webhooks", 1..=4096);
    let lease = whole("lease_secs", "seconds", 5..=HOUR_SECS);
    let max_attempts = whole("max_attempts", "tries", 1..=1000);
    let retry_base = whole("retry_base_secs", "seconds", 1..=HOUR_SECS);
    let retry_cap = whole("retry_cap_secs", "seconds", 1..=24 * HOUR_SECS);
    let poll_interval = whole("poll_interval_millis", "milliseconds", 10..=60_000);
    let unmatched_days = whole("unmatched_days", "days", 1..=3650);
    let unmatched_cap = whole("unmatched_cap", "webhooks", 1..=10_000_000);
    let dead_days = whole("dead_days", "days", 1..=3650);
    section.finish(complaints);
    let mut settings = EngineSettings::default();
    settings.workers = usize::try_from(workers?).ok()?;
    // 0 stands for "all but one".
    let per_account = usize::try_from(workers_per_account?).ok()?;
    settings.workers_per_account = Some(per_account).filter(|workers| *workers > 0);
    settings.inbox_queue = usize::try_from(inbox_queue?).ok()?;
    settings.inbox_batch = usize::try_from(inbox_batch?).ok()?;
    settings.lease = Duration::from_secs(lease?);
    settings.max_attempts = u32::try_from(max_attempts?).ok()?;
    settings.retry_base = Duration::from_secs(retry_base?);
    settings.retry_cap = Duration::from_secs(retry_cap?);
    settings.poll_interval = Duration::from_millis(poll_interval?);
    settings.unmatched_ttl = Duration::from_secs(unmatched_days? * DAY_SECS);
    settings.unmatched_cap = u32::try_from(unmatched_cap?).ok()?;
    settings.dead_ttl = Duration::from_secs(dead_days? * DAY_SECS);
    Some(settings)
}

fn outbound(mut section: Section, complaints: &mut Complaints) -> HttpSettings {
    let mut settings = HttpSettings::default();
    let connect = section.whole("connect_timeout_secs", "seconds", 1..=HOUR_SECS, complaints);
    let read = section.whole("read_timeout_secs", "seconds", 1..=HOUR_SECS, complaints);
    let ca_file = section.text("ca_file", "the path of a PEM file", complaints);
    let proxy = section.boolean("proxy_from_environment", complaints);
    section.finish(complaints);
    if let Some(secs) = connect {
        settings.connect_timeout = Duration::from_secs(secs);
    }
    if let Some(secs) = read {
        settings.read_timeout = Duration::from_secs(secs);
    }
    settings.ca_file = ca_file.map(|found| PathBuf::from(found.value));
    if let Some(proxy) = proxy {
        settings.proxy_from_environment = proxy.value;
    }
    settings
}
