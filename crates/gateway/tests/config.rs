//! Configurations: what counts, and what a broken one says.
#![cfg(test)]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use idv_gateway::config::{
    DEFAULT_FILE, DatabaseSettings, Loaded, MasterKeySource, Problems, load,
};
use idv_gateway::providers::PROVIDERS;

/// A folder with an `idv.toml`. `PROVIDER` in the text stands for a kind of provider.
struct Case {
    folder: tempfile::TempDir,
    environment: Vec<(OsString, OsString)>,
}

impl Case {
    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = text.replace("PROVIDER", PROVIDERS[0].id);
        std::fs::write(folder.path().join("idv.toml"), text).unwrap();
        Self {
            folder,
            environment: Vec::new(),
        }
    }

    fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.push((variable.into(), value.into()));
        self
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("idv.toml")
    }

    fn load(&self) -> Result<Loaded, Problems> {
        load(Some(&self.path()), self.environment.clone())
    }

    /// The problems, with the folder cut off.
    fn problems(&self) -> String {
        let problems = self.load().err().expect("the configuration is broken");
        let folder = format!("{}/", self.folder.path().display());
        problems.to_string().replace(&folder, "")
    }
}

const ACCOUNT: &str = "[accounts.acme-eu]\nprovider = \"PROVIDER\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\"whsec_1\"]\n";

#[test]
fn a_list_of_no_old_master_keys_is_as_good_as_none() {
    let case = Case::of("[encryption]\nold_master_keys = []\n");
    assert!(case.load().unwrap().settings.old_master_keys.is_empty());
    let webhook_secrets = ACCOUNT.replace("[\"whsec_1\"]", "[]");
    let problems = Case::of(&webhook_secrets).problems();
    assert!(
        problems.contains("webhook_secrets is an empty list"),
        "{problems}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_of_old_master_keys_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "00124\n").unwrap();
    let text = format!("[encryption]\nold_master_keys_file = {:?}\n", keys.path());
    for (mode, is_fine) in [(0o600, true), (0o400, true), (0o640, false), (0o602, false)] {
        std::fs::set_permissions(keys.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let case = Case::of(&text);
        if is_fine {
            assert_eq!(case.load().unwrap().settings.old_master_keys.len(), 1);
        } else {
            let problems = case.problems();
            for told in [
                "old_master_keys_file",
                &format!("mode {mode:o}"),
                "chmod 600",
            ] {
                assert!(problems.contains(told), "{told}: {problems}");
            }
            assert!(!problems.contains("00124"), "{problems}");
        }
    }
}

#[test]
fn the_built_in_file_alone_is_sound_and_has_no_account() {
    let settings = Case::of("").load().unwrap().settings;
    assert_eq!(settings.server.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(settings.server.max_body_bytes, 1_048_576);
    assert_eq!(settings.engine, idv_engine::EngineSettings::default());
    assert!(settings.accounts.is_empty());
}

/// The example in the built-in file is what people copy.
#[test]
fn the_example_of_the_built_in_file_works_when_its_marks_are_removed() {
    let (_, example) = DEFAULT_FILE.split_once("# [accounts.").unwrap();
    let mut text = String::from("[accounts.");
    for line in example.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        writeln!(text, "{line}").unwrap();
    }
    let settings = Case::of(&text).load().unwrap().settings;
    let kinds: Vec<_> = settings.accounts.iter().map(|a| a.provider.id).collect();
    for provider in PROVIDERS {
        assert!(kinds.contains(&provider.id), "{} has none", provider.id);
    }
    let able: Vec<_> = settings
        .accounts
        .iter()
        .filter(|a| a.api_key.is_some())
        .collect();
    assert_eq!(able.len(), 1, "accounts that only receive start nothing");
    assert_eq!(settings.default_account.as_ref(), Some(&able[0].id));
}

/// The kind whose webhooks are signed with keys of the vendor's own.
fn signs_with_own_keys() -> &'static str {
    let provider = PROVIDERS.iter().find(|p| !p.wants_webhook_secrets);
    provider.expect("there is one").id
}

/// RFC 7515, appendix A.3: a key whose private half everybody knows.
const PUBLIC_KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"of-the-rfc","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

#[test]
fn keys_of_the_vendors_own_take_the_place_of_secrets() {
    let kind = signs_with_own_keys();
    let account = format!("[accounts.a]\nprovider = \"{kind}\"\nenvironment = \"sandbox\"\n");
    let able = format!("{account}api_key = \"k\"\n[accounts.a.options]\nclient_id = \"c\"\n");
    assert!(Case::of(&able).load().is_ok());

    let only_receives = format!("{account}webhook_keys_file = \"FILE\"\n");
    let with_keys = |keys: &str| {
        let case = Case::of("");
        let file = case.folder.path().join("keys.json");
        std::fs::write(&file, keys).unwrap();
        let text = only_receives.replace("FILE", file.to_str().unwrap());
        std::fs::write(case.path(), text).unwrap();
        case
    };
    assert!(with_keys(PUBLIC_KEY).load().is_ok());
    assert!(
        with_keys(&format!("[{{\"key\":{PUBLIC_KEY}}}]"))
            .load()
            .is_ok()
    );

    let at = "idv.toml:4:1: accounts.a.webhook_keys_file names a file";
    for (problems, beginning, part) in [
        (with_keys("[]").problems(), at, "it holds no key"),
        (with_keys("{").problems(), at, "it is not JSON"),
        (
            Case::of(&only_receives).problems(),
            at,
            "that cannot be read",
        ),
        (
            Case::of(&account).problems(),
            "idv.toml:1:11: accounts.a.webhook_keys_file is missing, and there is no api_key",
            "options.client_id",
        ),
        (
            Case::of(&format!("{account}api_key = \"k\"\n")).problems(),
            "idv.toml:1:11: accounts.a.options.client_id is missing",
            "copy the client_id",
        ),
        (
            Case::of(&able.replace("api_key", "webhook_secrets = [\"x\"]\napi_key")).problems(),
            "idv.toml:4:1: accounts.a.webhook_secrets has no meaning",
            "remove it",
        ),
        (
            Case::of(&format!("{ACCOUNT}webhook_keys_file = \"f\"\n")).problems(),
            "idv.toml:5:1: accounts.acme-eu.webhook_keys_file has no meaning",
            "webhook_secrets",
        ),
        (
            Case::of(&format!("{able}environment = \"production\"\n")).problems(),
            "idv.toml:7:1: accounts.a.options.environment is another one",
            "leave it out",
        ),
    ] {
        let line = problems.lines().find(|line| line.starts_with(beginning));
        assert!(
            line.is_some_and(|line| line.contains(part)),
            "wanted {beginning} … {part}\n  got {problems}"
        );
        assert_eq!(problems.lines().count(), 1, "{problems}");
    }
}

#[test]
fn siblings_are_other_accounts_of_the_same_provider() {
    let second = ACCOUNT.replace("acme-eu", "acme-us");
    let able = "api_key = \"k\"\n[accounts.third.options]\nclient_id = \"c\"\n";
    let third = format!(
        "[accounts.third]\nprovider = \"{}\"\nenvironment = \"live\"\n{able}",
        signs_with_own_keys()
    );
    let with = |names: &str| {
        let siblings = format!("webhook_siblings = {names}\n");
        Case::of(&format!("{ACCOUNT}{siblings}{second}{third}"))
    };
    let settings = with("[\"acme-us\", \"acme-us\"]").load().unwrap().settings;
    let siblings: Vec<_> = settings
        .accounts
        .iter()
        .map(|account| (account.id.as_str(), account.webhook_siblings.len()))
        .collect();
    assert_eq!(siblings, [("acme-eu", 1), ("acme-us", 0), ("third", 0)]);
    for (names, problem) in [
        ("[\"acme-eu\"]", "[0] is the account itself"),
        (
            "[\"acme-us\", \"acme\"]",
            "[1] is not the name of an account",
        ),
        ("[\"third\"]", "[0] is an account with another provider"),
        ("\"acme-us\"", " is not a list of texts"),
    ] {
        let problems = with(names).problems();
        let wanted = "idv.toml:5:";
        assert!(
            problems.starts_with(wanted)
                && problems.contains(&format!("accounts.acme-eu.webhook_siblings{problem}")),
            "{names}: {problems}"
        );
    }
}

#[test]
fn every_key_of_the_built_in_file_can_be_set_by_the_environment() {
    let case = Case::of(ACCOUNT)
        .with("IDV_SERVER__LISTEN", "0.0.0.0:9000")
        .with("IDV_SERVER__MAX_BODY_BYTES", "2048")
        .with("IDV_OUTBOUND__PROXY_FROM_ENVIRONMENT", "false")
        .with("IDV_ENCRYPTION__MASTER_KEY", "00123")
        .with("IDV_ENCRYPTION__OLD_MASTER_KEYS__0", "00124")
        .with("IDV_ACCOUNTS__ACME_EU__API_KEY", "sk_test_1e5")
        .with("IDV_ACCOUNTS__ACME_EU__WEBHOOK_SECRETS__0", "007")
        .with("IDV_ACCOUNTS__ACME_EU__WEBHOOK_SECRETS__1", "1e5")
        .with("IDV_ACCOUNTS__ACME_EU__OPTIONS__TOLERANCE_SECS", "600")
        .with("IDV_LOG__FORMAT", "json");
    let settings = case.load().unwrap().settings;
    assert_eq!(settings.server.listen, "0.0.0.0:9000".parse().unwrap());
    assert_eq!(settings.server.max_body_bytes, 2048);
    assert!(!settings.outbound.proxy_from_environment);
    // What looks like a number stays the text it is.
    assert!(matches!(&settings.master_key, MasterKeySource::Given(key) if key.expose() == "00123"));
    assert!(matches!(settings.old_master_keys.as_slice(), [key] if key.expose() == "00124"));
    let account = &settings.accounts[0];
    assert_eq!(account.api_key.as_ref().unwrap().expose(), "sk_test_1e5");
    assert_eq!(account.webhook_secrets.len(), 2);
    assert_eq!(settings.default_account.as_ref(), Some(&account.id));
}

#[test]
fn an_account_can_come_from_the_environment_alone() {
    let case = Case::of("")
        .with("IDV_ACCOUNTS__ACME__PROVIDER", PROVIDERS[0].id)
        .with("IDV_ACCOUNTS__ACME__ENVIRONMENT", "sandbox")
        .with("IDV_ACCOUNTS__ACME__WEBHOOK_SECRETS", "whsec_a,b");
    let settings = case.load().unwrap().settings;
    assert_eq!(settings.accounts[0].id.as_str(), "acme");
    assert_eq!(
        settings.accounts[0].webhook_secrets.len(),
        1,
        "one text is one secret"
    );
}

#[test]
fn secrets_can_come_from_files() {
    let case = Case::of("");
    let (one, many) = (
        case.folder.path().join("one"),
        case.folder.path().join("many"),
    );
    std::fs::write(&one, " sk_test_x \n").unwrap();
    std::fs::write(&many, "whsec_1\nwhsec_2\n").unwrap();
    let case = case
        .with("IDV_ACCOUNTS__ACME__PROVIDER", PROVIDERS[0].id)
        .with("IDV_ACCOUNTS__ACME__ENVIRONMENT", "sandbox")
        .with("IDV_ACCOUNTS__ACME__API_KEY_FILE", one.to_str().unwrap())
        .with(
            "IDV_ACCOUNTS__ACME__WEBHOOK_SECRETS_FILE",
            many.to_str().unwrap(),
        );
    // White space is part of a key until its provider says otherwise; only the end of the line is not.
    assert!(
        case.problems()
            .contains("accounts.acme.api_key holds white space"),
        "{}",
        case.problems()
    );
    std::fs::write(&one, "sk_test_x\n").unwrap();
    let account = case.load().unwrap().settings.accounts.remove(0);
    assert_eq!(account.api_key.unwrap().expose(), "sk_test_x");
    assert_eq!(account.webhook_secrets.len(), 2);
}

/// One broken configuration per row: the text, and the beginning and a part of the sentence it gets.
#[test]
fn a_broken_configuration_names_place_key_fault_and_remedy() {
    let account = ACCOUNT;
    let rows: &[(&str, &str, &str)] = &[
        (
            "[server\n",
            "idv.toml:1:8: is not valid TOML",
            "square brackets",
        ),
        (
            "x = 1\nx = 2\n",
            "idv.toml:2:1: is not valid TOML",
            "duplicate key",
        ),
        (
            "[servr]\n",
            "idv.toml:1:2: servr is not a key known here",
            "did you mean server?",
        ),
        (
            "server = 1\n",
            "idv.toml:1:1: server is not a table",
            "write it as a table: [server]",
        ),
        (
            "[server]\nlisten = 8080\n",
            "idv.toml:2:1: server.listen is not text in quotes",
            "127.0.0.1:8080",
        ),
        (
            "[server]\nlisten = \"8080\"\n",
            "idv.toml:2:1: server.listen is not an address with a port",
            "give",
        ),
        (
            "[server]\nlisten = \" \"\n",
            "idv.toml:2:1: server.listen is blank",
            "give",
        ),
        (
            "[server]\npublic_url = \"idv.example.com\"\n",
            "idv.toml:2:1: server.public_url is not",
            "https://",
        ),
        (
            "[server]\nmax_body_bytes = \"1\"\n",
            "idv.toml:2:1: server.max_body_bytes is not a whole number",
            "bytes from 1024",
        ),
        (
            "[server]\nmax_body_bytes = 1\n",
            "idv.toml:2:1: server.max_body_bytes is out of bounds",
            "1024",
        ),
        (
            "[server]\nmax_body_bytes = -1\n",
            "idv.toml:2:1: server.max_body_bytes is not a whole number",
            "1024",
        ),
        (
            "[server]\nmax_bodybytes = 1\n",
            "idv.toml:2:1: server.max_bodybytes is not a key known here",
            "did you mean max_body_bytes?",
        ),
        (
            "[log]\nformat = \"xml\"\n",
            "idv.toml:2:1: log.format is not a word known here",
            "\"auto\" or \"json\" or \"text\"",
        ),
        (
            "[log]\nfilter = \"a=b=c\"\n",
            "idv.toml:2:1: log.filter is no log filter",
            "info",
        ),
        (
            "[outbound]\nproxy_from_environment = \"yes\"\n",
            "idv.toml:2:1: outbound.proxy_from_environment is neither",
            "true or false",
        ),
        (
            "[database]\npath = \"a.db\"\nurl = \"postgres://idv@db/idv\"\n",
            "idv.toml:2:1: database.path is given, and url as well",
            "keep one of the two",
        ),
        (
            "[database]\nurl = \"mysql://idv@db/idv\"\n",
            "idv.toml:2:1: database.url cannot be used",
            "postgres://user:password@host:5432/database",
        ),
        (
            "[database]\nurl = \"postgres://idv@db/idv?sslmod=require\"\n",
            "idv.toml:2:1: database.url cannot be used",
            "sslmode",
        ),
        (
            "[database]\nurl = \"postgres://idv@db/idv\"\nurl_file = \"url\"\n",
            "idv.toml:3:1: database.url_file is given",
            "keep one",
        ),
        (
            "[database]\nconnections = 1\n",
            "idv.toml:2:1: database.connections is out of bounds",
            "from 2 to 1000",
        ),
        (
            "[policy]\nexpires_after_hours = 0\n",
            "idv.toml:2:1: policy.expires_after_hours is out of bounds",
            "hours from 1",
        ),
        (
            "[policy]\nabandoned_after_hours = \"7 days\"\n",
            "idv.toml:2:1: policy.abandoned_after_hours is not a whole number",
            "without quotes",
        ),
        (
            "[policy]\nmax_attempts = 101\n",
            "idv.toml:2:1: policy.max_attempts is out of bounds",
            "from 1 to 100",
        ),
        (
            "[policy]\nmax_requests = 5\n",
            "idv.toml:2:1: policy.max_requests is given without max_requests_within_hours",
            "give both",
        ),
        (
            "[policy]\nmax_requests_within_hours = 24\n",
            "idv.toml:2:1: policy.max_requests_within_hours is given without max_requests",
            "leave both out",
        ),
        (
            "[policy]\nend_not_retryable = \"no\"\n",
            "idv.toml:2:1: policy.end_not_retryable is neither true nor false",
            "without quotes",
        ),
        (
            "[policy]\nexpires_after = 24\n",
            "idv.toml:2:1: policy.expires_after is not a key known here",
            "did you mean",
        ),
        (
            "[encryption]\nmaster_key = \"a\"\nmaster_key_file = \"b\"\n",
            "idv.toml:3:1: encryption.master_key_file is given",
            "keep one",
        ),
        (
            "[accounts.a_b]\n",
            "idv.toml:1:11: accounts.a_b is not a name for an account",
            "lower-case",
        ),
        (
            "[accounts.a]\n",
            "idv.toml:1:11: accounts.a.environment is missing",
            "environment = \"live\" or environment = \"sandbox\"",
        ),
        (
            "[accounts.a]\n",
            "idv.toml:1:11: accounts.a.provider is missing",
            "write provider =",
        ),
        (
            "[accounts.a]\n",
            "idv.toml:1:11: accounts.a.webhook_secrets is missing",
            "dashboard",
        ),
        (
            "[accounts.a]\nprovider = \"acme\"\n",
            "idv.toml:2:1: accounts.a.provider is not a word",
            "write",
        ),
        (
            "[accounts.a]\nenvironment = \"test\"\n",
            "idv.toml:2:1: accounts.a.environment is not a word",
            "\"sandbox\"",
        ),
        (
            "[accounts.a]\nwebhook_secrets = []\n",
            "idv.toml:2:1: accounts.a.webhook_secrets is an empty list",
            "at least one",
        ),
        (
            "[accounts.a]\nwebhook_secrets = \"x\"\n",
            "idv.toml:2:1: accounts.a.webhook_secrets is not a list",
            "give a list",
        ),
        (
            "[accounts.a]\nwebhook_secrets = [\"x\", \" \"]\n",
            "idv.toml:2:25: accounts.a.webhook_secrets[1] is blank",
            "dashboard",
        ),
        (
            "[accounts.a]\nwebhook_secrets_file = \"/nowhere\"\n",
            "idv.toml:2:1: accounts.a.webhook_secrets_file names a file that cannot be read",
            "put the secret",
        ),
        (
            "[accounts.a]\nunmatched = \"drop\"\n",
            "idv.toml:2:1: accounts.a.unmatched is not a word",
            "\"park\" or \"adopt\"",
        ),
    ];
    for (text, beginning, part) in rows {
        let problems = Case::of(text).problems();
        let line = problems.lines().find(|line| line.starts_with(beginning));
        assert!(
            line.is_some_and(|line| line.contains(part)),
            "{text:?}\n  wanted {beginning} … {part}\n  got {problems}"
        );
    }
    // The same below a sound account.
    let rows: &[(&str, &str, &str)] = &[
        (
            "api_key = \"sk_live_1\"\n",
            "idv.toml:5:1: accounts.acme-eu.api_key is a key of the live environment",
            "\"live\"",
        ),
        (
            "api_key = \"\"\n",
            "idv.toml:5:1: accounts.acme-eu.api_key is blank",
            "leave the key out",
        ),
        (
            "api_key = \"a\"\napi_key_file = \"b\"\n",
            "idv.toml:6:1: accounts.acme-eu.api_key_file is given",
            "keep one",
        ),
        (
            "default = true\n",
            "idv.toml:5:1: accounts.acme-eu.default is true, and the account has no API key",
            "leave default out",
        ),
        (
            "default = 1\n",
            "idv.toml:5:1: accounts.acme-eu.default is neither true nor false",
            "true or false",
        ),
        (
            "[accounts.acme-eu.options]\ntolerance = 1\n",
            "idv.toml:6:1: accounts.acme-eu.options.tolerance is not a key known here",
            "tolerance_secs",
        ),
        (
            "[accounts.acme-eu.options]\ntolerance_secs = \"x\"\n",
            "idv.toml:6:1: accounts.acme-eu.options.tolerance_secs is of another type",
            "give",
        ),
        (
            "[accounts.acme-eu.options]\ntolerance_secs = 0\n",
            "idv.toml:6:1: accounts.acme-eu.options.tolerance_secs is not between",
            "300",
        ),
        (
            "[accounts.acme-eu.options]\napi_base_url = \"http://example.org\"\n",
            "idv.toml:6:1: accounts.acme-eu.options.api_base_url",
            "https",
        ),
    ];
    for (text, beginning, part) in rows {
        let problems = Case::of(&format!("{account}{text}")).problems();
        let line = problems.lines().find(|line| line.starts_with(beginning));
        assert!(
            line.is_some_and(|line| line.contains(part)),
            "{text:?}\n  wanted {beginning} … {part}\n  got {problems}"
        );
    }
}

#[test]
fn all_problems_are_told_at_once_file_and_environment() {
    let case = Case::of("[server]\nlisten = 1\nmax_connections = 0\n[log]\nformat = 2\n")
        .with("IDV_ENGINE__WORKERS", "many")
        .with("IDV_ENGINE__WORKRS", "1");
    let problems = case.problems();
    assert_eq!(problems.lines().count(), 5, "{problems}");
    assert!(
        problems.contains("environment IDV_ENGINE__WORKERS: engine.workers is not a whole number"),
        "{problems}"
    );
    assert!(
        problems.contains("environment IDV_ENGINE__WORKRS: engine.workrs is not a key"),
        "{problems}"
    );
}

#[test]
fn a_policy_is_as_it_was_written() {
    let policy = |text: &str| Case::of(text).load().unwrap().settings.engine.policy;
    assert_eq!(policy(""), idv_engine::Policy::default());
    let all = policy(
        "[policy]\nexpires_after_hours = 720\nabandoned_after_hours = 168\nmax_attempts = 5\n\
         end_not_retryable = true\nerrored_restarts = 2\nmax_requests = 4\n\
         max_requests_within_hours = 24\nerase_after_days = 365\n",
    );
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    assert_eq!(all.expires_after, Some(hours(720)));
    assert_eq!(all.abandoned_after, Some(hours(168)));
    assert_eq!(all.max_attempts, Some(5));
    assert!(all.end_not_retryable);
    assert_eq!(all.errored_restarts, 2);
    assert_eq!(all.max_requests, Some((4, hours(24))));
    assert_eq!(all.erase_after, Some(hours(365 * 24)));
}

/// The usual file is only where to look if no server was named.
#[test]
fn a_url_takes_the_place_of_the_usual_file() {
    let database = |text: &str| Case::of(text).load().unwrap().settings.database;
    let usual = database("");
    assert!(matches!(usual, DatabaseSettings::Sqlite { path } if path.ends_with("idv.db")));
    let url = "postgres://idv:otter@db/idv?sslmode=verify-full";
    let server = database(&format!("[database]\nurl = \"{url}\"\nconnections = 7\n"));
    assert!(!format!("{server:?}{server}").contains("otter"));
    let DatabaseSettings::Postgres {
        url: read,
        settings,
    } = server
    else {
        panic!("{server}");
    };
    assert_eq!((read.expose().as_str(), settings.connections), (url, 7));
}

#[test]
fn two_default_accounts_are_refused() {
    let second = ACCOUNT.replace("acme-eu", "acme-us");
    let able = "api_key = \"sk_test_1\"\ndefault = true\n";
    let case = Case::of(&format!("{ACCOUNT}{able}{second}{able}"));
    assert!(
        case.problems()
            .contains("accounts.acme-us.default is true, and that of acme-eu as well"),
        "{}",
        case.problems()
    );
}

#[test]
fn no_message_quotes_a_value() {
    let canary = "canary_9f1";
    for text in [
        format!("[encryption]\nmaster_key = \"{canary}\n"),
        format!(
            "[accounts.a]\napi_key = [\"{canary}\"]\nwebhook_secrets = {{ x = \"{canary}\" }}\n"
        ),
        format!("{ACCOUNT}api_key = \"pk_{canary}\"\n"),
        format!("[database]\nurl = \"postgres//idv:{canary}@db/idv\"\n"),
        format!("[database]\nurl = \"postgres://db/idv?passwort={canary}\"\n"),
        format!(
            "{ACCOUNT}[accounts.acme-eu.options]\ntolerance_secs = \"{canary}\"\nverification = \"{canary}\"\n"
        ),
    ] {
        let problems = Case::of(&text).problems();
        assert!(!problems.contains(canary), "{problems}");
    }
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let missing = tempfile::tempdir().unwrap().path().join("none.toml");
    let problems = load(Some(&missing), []).err().unwrap().to_string();
    assert!(
        problems.contains("none.toml: cannot be read") && problems.contains("--config"),
        "{problems}"
    );
}

#[test]
fn a_file_for_the_mail_servers_authority_without_a_certificate_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!("[mail]\nca_file = {:?}\n", file.path());
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for content in ["", "no certificate", key, broken] {
        std::fs::write(file.path(), content).unwrap();
        let problems = Case::of(&text).problems();
        assert!(
            problems.contains("mail.ca_file names a file without a certificate"),
            "{content}: {problems}"
        );
    }
}

#[test]
fn what_endpoints_may_be_and_how_long_they_may_take_is_set() {
    let usual = Case::of(ACCOUNT).load().unwrap().settings;
    assert!(!usual.endpoints.policy.allow_http);
    assert!(usual.endpoints.policy.allowed_networks.is_empty());
    let day = Duration::from_secs(86_400);
    assert_eq!(usual.engine.disable_endpoints_after, 5 * day);
    assert_eq!(usual.engine.deliveries_kept, 90 * day);
    let text = "[endpoints]\nallow_http = true\nallowed_networks = [\"127.0.0.0/8\", \"fd00::/8\"]\ntimeout_secs = 3\n\
                deliveries_in_flight = 2\ndisable_after_days = 2\ndeliveries_kept_days = 7\n";
    let set = Case::of(text)
        .with("IDV_ENDPOINTS__CONNECT_TIMEOUT_SECS", "1")
        .load()
        .unwrap()
        .settings;
    assert!(set.endpoints.policy.allow_http);
    assert!(set.endpoints.policy.allows("127.0.0.1".parse().unwrap()));
    assert_eq!(set.endpoints.timeout, Duration::from_secs(3));
    assert_eq!(set.endpoints.connect_timeout, Duration::from_secs(1));
    assert_eq!(set.engine.deliveries_in_flight, 2);
    assert_eq!(set.engine.disable_endpoints_after, 2 * day);
    assert_eq!(set.engine.deliveries_kept, 7 * day);

    let problems = Case::of(
        "[endpoints]\nallowed_networks = [\"10.0.0.1\", \"localhost\"]\ndisable_after_days = 0\n",
    )
    .problems();
    for expected in [
        "endpoints.allowed_networks[1] is not a network",
        "endpoints.disable_after_days is out of bounds",
    ] {
        assert!(problems.contains(expected), "{problems}");
    }
}
