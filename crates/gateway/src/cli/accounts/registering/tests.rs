use std::sync::Mutex;

use async_trait::async_trait;
use idv_core::{AccountId, Error, ErrorKind, ProviderId, Secret};

use super::super::disconnect;
use super::*;

/// A vendor that shows a secret once, when a registration is made.
#[derive(Debug, Default)]
struct Vendor {
    there: Mutex<Vec<WebhookRegistration>>,
    made: Mutex<usize>,
    is_silent: bool,
    fails: Mutex<Option<ErrorKind>>,
}

impl Vendor {
    fn with(registrations: Vec<WebhookRegistration>) -> Self {
        Self {
            there: Mutex::new(registrations),
            ..Self::default()
        }
    }

    fn ids(&self) -> Vec<String> {
        self.there
            .lock()
            .unwrap()
            .iter()
            .map(|r| r.id.clone())
            .collect()
    }

    fn made(&self) -> usize {
        *self.made.lock().unwrap()
    }
}

#[async_trait]
impl WebhookAdmin for Vendor {
    async fn webhooks(&self) -> Result<Vec<WebhookRegistration>, Error> {
        let there = self.there.lock().unwrap();
        Ok(there
            .iter()
            .map(|registration| {
                let mut shown = registration.clone();
                shown.secret = None;
                shown
            })
            .collect())
    }

    async fn register_webhook(&self, url: &str) -> Result<WebhookRegistration, Error> {
        if let Some(kind) = self.fails.lock().unwrap().clone() {
            return Err(Error::new(
                kind,
                ProviderId::new("fake"),
                "register_webhook",
                "it failed",
            ));
        }
        let mut made = self.made.lock().unwrap();
        *made += 1;
        let mut registration = WebhookRegistration::new(format!("we_{made}"), url.to_owned());
        if !self.is_silent {
            registration.secret = Some(Secret::from(format!("whsec_Marked_{made}")));
        }
        self.there.lock().unwrap().push(registration.clone());
        Ok(registration)
    }

    async fn unregister_webhook(&self, id: &str) -> Result<(), Error> {
        self.there
            .lock()
            .unwrap()
            .retain(|registration| registration.id != id);
        Ok(())
    }
}

struct Place {
    folder: tempfile::TempDir,
    file: SecretsFile,
    url: Url,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretsFile::at(folder.path().join("secrets"));
        let url = address::of("https://idv.example.com", &AccountId::new("acme")).unwrap();
        Self { folder, file, url }
    }

    async fn run(&self, vendor: &Vendor, wish: Wish) -> Result<Done, Failure> {
        register(vendor, &self.file, &self.url, wish).await
    }

    fn secrets(&self) -> String {
        std::fs::read_to_string(self.file.path()).unwrap_or_default()
    }

    fn here(&self, id: &str) -> WebhookRegistration {
        WebhookRegistration::new(id.to_owned(), self.url.to_string())
    }
}

fn complaint(outcome: Result<Done, Failure>) -> String {
    let sentence = match outcome.unwrap_err() {
        Failure::Usage(sentence) | Failure::Failed(sentence) => sentence,
    };
    assert!(!sentence.contains("Marked"), "a secret is in: {sentence}");
    sentence
}

fn registered(id: &str) -> Done {
    Done::Registered {
        id: id.to_owned(),
        beside: Vec::new(),
        ended: Vec::new(),
    }
}

#[tokio::test]
async fn an_address_is_registered_once_and_its_secret_kept_for_its_owner_alone() {
    let (place, vendor) = (Place::new(), Vendor::default());
    let elsewhere = "https://elsewhere.example.com/webhooks/acme".to_owned();
    let other = WebhookRegistration::new("we_elsewhere".to_owned(), elsewhere);
    vendor.there.lock().unwrap().push(other);
    assert_eq!(
        place.run(&vendor, Wish::Connect).await.unwrap(),
        registered("we_1")
    );
    assert_eq!(place.secrets(), "whsec_Marked_1\n");
    let again = Done::Already {
        ids: vec!["we_1".to_owned()],
    };
    assert_eq!(place.run(&vendor, Wish::Connect).await.unwrap(), again);
    assert_eq!(vendor.made(), 1);
    let mut names = Vec::new();
    for file in std::fs::read_dir(place.folder.path()).unwrap() {
        let file = file.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["secrets", "secrets.registrations"]);
    let beside = std::fs::read_to_string(place.folder.path().join(&names[1])).unwrap();
    assert!(
        beside.starts_with("we_1 ") && !beside.contains("Marked"),
        "{beside}"
    );
}

#[tokio::test]
async fn the_secrets_that_are_there_stay_and_each_keeps_its_line() {
    let (place, vendor) = (Place::new(), Vendor::default());
    std::fs::write(place.file.path(), "whsec_by_hand").unwrap();
    place.run(&vendor, Wish::Connect).await.unwrap();
    assert_eq!(place.secrets(), "whsec_by_hand\nwhsec_Marked_1\n");
}

#[tokio::test]
async fn a_rotation_ends_with_both_secrets_and_then_with_the_new_one() {
    let (place, vendor) = (Place::new(), Vendor::default());
    let sentence = complaint(place.run(&vendor, Wish::Rotate).await);
    assert!(sentence.contains("--rotate"), "{sentence}");
    assert_eq!(vendor.made(), 0);
    place.run(&vendor, Wish::Connect).await.unwrap();
    let rotated = Done::Registered {
        id: "we_2".to_owned(),
        beside: vec!["we_1".to_owned()],
        ended: Vec::new(),
    };
    assert_eq!(place.run(&vendor, Wish::Rotate).await.unwrap(), rotated);
    assert_eq!(place.secrets(), "whsec_Marked_1\nwhsec_Marked_2\n");
    let both = vec!["we_1".to_owned(), "we_2".to_owned()];
    assert_eq!(
        place.run(&vendor, Wish::Connect).await.unwrap(),
        Done::Already { ids: both }
    );

    // A run that ended halfway, with the registration gone and the secret still there, is finished by the next.
    vendor.unregister_webhook("we_1").await.unwrap();
    let lines = disconnect::end(&vendor, Some(&place.file), "we_1")
        .await
        .unwrap();
    assert_eq!(lines[0], "ended we_1");
    assert_eq!(place.secrets(), "whsec_Marked_2\n");
    let again = disconnect::end(&vendor, Some(&place.file), "we_1").await;
    assert!(
        matches!(again, Err(Failure::Usage(_))),
        "nobody knows it any more"
    );
    let lines = disconnect::end(&vendor, Some(&place.file), "we_2")
        .await
        .unwrap();
    assert!(
        lines.last().unwrap().contains("no more webhooks"),
        "{lines:?}"
    );
    assert_eq!(place.secrets(), "whsec_Marked_2\n", "the last secret stays");
}

#[tokio::test]
async fn a_crash_between_registering_and_keeping_the_secret_is_seen_and_replaced() {
    let place = Place::new();
    let vendor = Vendor::with(vec![place.here("we_lost")]);
    let sentence = complaint(place.run(&vendor, Wish::Connect).await);
    assert!(
        sentence.contains("we_lost") && sentence.contains("--replace"),
        "{sentence}"
    );
    assert_eq!((vendor.made(), place.secrets()), (0, String::new()));
    let replaced = Done::Registered {
        id: "we_1".to_owned(),
        beside: Vec::new(),
        ended: vec!["we_lost".to_owned()],
    };
    assert_eq!(place.run(&vendor, Wish::Replace).await.unwrap(), replaced);
    assert_eq!(vendor.ids(), ["we_1"]);
    assert!(matches!(
        place.run(&vendor, Wish::Connect).await,
        Ok(Done::Already { .. })
    ));
}

/// The file was written, and not the one beside it; or the secret was taken out by hand.
#[tokio::test]
async fn a_registration_whose_secret_is_not_in_the_file_is_not_taken_for_whole() {
    let (place, vendor) = (Place::new(), Vendor::default());
    place.run(&vendor, Wish::Connect).await.unwrap();
    for gone in ["secrets", "secrets.registrations"] {
        let path = place.folder.path().join(gone);
        let text = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let sentence = complaint(place.run(&vendor, Wish::Connect).await);
        assert!(
            sentence.contains("not known to be here"),
            "{gone}: {sentence}"
        );
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(vendor.made(), 1);
}

#[tokio::test]
async fn a_registration_that_is_off_or_lacks_events_is_named_and_changed_by_nobody() {
    let place = Place::new();
    let secret = Secret::from("whsec_Marked");
    let mut off = place.here("we_off");
    off.is_enabled = false;
    let mut part = place.here("we_part");
    part.lacks = vec!["session.redacted".to_owned()];
    for (registration, word) in [(off, "switched off"), (part, "session.redacted")] {
        place.file.add(&registration.id, &secret).unwrap();
        let vendor = Vendor::with(vec![registration]);
        let sentence = complaint(place.run(&vendor, Wish::Connect).await);
        assert!(sentence.contains(word), "{sentence}");
        assert_eq!(vendor.made(), 0);
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_registered_or_ended_again() {
    let mut place = Place::new();
    let vendor = Vendor {
        is_silent: true,
        ..Vendor::default()
    };
    let sentence = complaint(place.run(&vendor, Wish::Connect).await);
    assert!(sentence.contains("ended again"), "{sentence}");
    assert!(vendor.ids().is_empty() && place.secrets().is_empty());

    place.file = SecretsFile::at(place.folder.path().join("no-folder/secrets"));
    let vendor = Vendor::default();
    let sentence = complaint(place.run(&vendor, Wish::Connect).await);
    assert!(sentence.contains("Nothing was registered"), "{sentence}");
    assert_eq!(vendor.made(), 0);
}

#[tokio::test]
async fn an_answer_that_did_not_come_says_that_it_may_be_registered_all_the_same() {
    let (place, vendor) = (Place::new(), Vendor::default());
    for (kind, is_unsure) in [
        (ErrorKind::Timeout, true),
        (ErrorKind::InvalidCredentials, false),
    ] {
        *vendor.fails.lock().unwrap() = Some(kind);
        let sentence = complaint(place.run(&vendor, Wish::Connect).await);
        assert_eq!(sentence.contains("run this again"), is_unsure, "{sentence}");
    }
    assert!(place.secrets().is_empty());
}
