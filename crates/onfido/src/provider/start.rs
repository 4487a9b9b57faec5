//! Making a run once, whatever happens on the way.

use std::time::Duration;

use idv_core::{
    Address, Checkpoint, Country, Error, ErrorKind, PartialDate, PersonRecord, Provenance, Purpose,
    SessionId, Sourced, StartSession, Started, StartedSession, Timestamp,
};
use serde_json::{Map, Value, json};

use super::OnfidoProvider;
use super::read::{Read, unreadable};
use crate::client::{Answer, Client, failed};
use crate::map::{self, is_vendor_id};
use crate::wire;

/// Under which name the id of the applicant is saved.
const APPLICANT: &str = "applicant";
/// Under which name a start of an earlier version has saved the id of the run.
const RUN: &str = "run";
/// How many pages of one applicant's runs are looked through before giving up.
const MAX_PAGES: u32 = 5;
/// How long a reference of the subject may be, in characters.
const MAX_REFERENCE: usize = 256;

impl OnfidoProvider {
    /// Makes an applicant, and then a run for it.
    ///
    /// The vendor knows no key by which it would recognise a repetition. So each result is saved before the next
    /// call, and once an applicant was saved in an earlier run of this intent, nobody knows whether that got as far
    /// as the workflow run: it is looked up by our tag among the runs of that applicant. An applicant belongs to one
    /// intent, so a run of it is the run of this intent. What a crash can leave behind is an applicant without a run.
    pub(super) async fn start_run(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        let client = self.client("create_workflow_run")?;
        if let Some(made) = checkpoint.saved(RUN).map(SessionId::new) {
            return Ok(self.find(client, &made).await?.into_started());
        }
        self.check(intent)?;
        let (applicant, is_resumed) = match checkpoint.saved(APPLICANT) {
            Some(saved) => (saved.to_owned(), true),
            None => {
                let answer = client.create_applicant(&self.new_applicant(intent)).await?;
                let made = id_of_applicant(&answer)?;
                save(checkpoint, APPLICANT, &made).await?;
                (made, false)
            }
        };
        let earlier = if is_resumed {
            self.find_by_tag(client, intent, &applicant).await?
        } else {
            None
        };
        let read = match earlier {
            Some(read) => read,
            None => {
                let run = self.new_run(intent, &applicant)?;
                let answer = client.create_workflow_run(&run).await?;
                self.read("create_workflow_run", None, &answer)?
            }
        };
        // Its id is not saved: it is what is returned, and written down at once. Should that be cut off, the run is found
        // by its tag, as after an answer that was lost.
        Ok(read.into_started())
    }

    /// What would be refused after an applicant was made, is refused before.
    fn check(&self, intent: &StartSession) -> Result<(), Error> {
        let refuse = |kind, message| Err(failed(kind, "create_workflow_run", message));
        if !intent.document_kinds.is_empty() {
            let capability = "a choice of documents: the workflow decides".to_owned();
            let message = "the vendor cannot do what the intent asks for";
            return refuse(ErrorKind::Unsupported { capability }, message);
        }
        let reference = intent.subject.expose(Purpose::SendToVendor);
        if !(1..=MAX_REFERENCE).contains(&reference.chars().count()) {
            let field = Some("customer_user_id".to_owned());
            let message = "the reference of the subject is empty or longer than 256 characters";
            return refuse(ErrorKind::InvalidInput { field }, message);
        }
        self.workflow(intent).map(|_| ())
    }

    fn workflow<'a>(&'a self, intent: &'a StartSession) -> Result<&'a str, Error> {
        let named = intent
            .template
            .as_ref()
            .or(self.options.workflow_id.as_ref());
        named.map(String::as_str).ok_or_else(|| {
            let message = "neither the request nor the account's workflow_id names a workflow";
            failed(ErrorKind::InvalidConfig, "create_workflow_run", message)
        })
    }

    /// The applicant: what the application said about the person, and nothing else.
    fn new_applicant(&self, intent: &StartSession) -> Value {
        let person = intent.person.expose(Purpose::SendToVendor);
        let name = claimed(&person.names);
        let given = name.and_then(|name| name.given_name.as_deref());
        let family = name.and_then(|name| name.family_name.as_deref());
        let options = &self.options;
        let mut applicant = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                applicant.insert(name.to_owned(), value);
            }
        };
        set(
            "first_name",
            Some(given.unwrap_or(&options.placeholder_first_name).into()),
        );
        set(
            "last_name",
            Some(family.unwrap_or(&options.placeholder_last_name).into()),
        );
        let email = claimed(&person.emails);
        set("email", email.map(|email| email.as_str().into()));
        let phone = claimed(&person.phones);
        set("phone_number", phone.map(|phone| phone.as_str().into()));
        set("dob", claimed(&person.birthdates).and_then(iso_date));
        let address = claimed(&person.addresses);
        set("address", address.and_then(vendor_address));
        set("location", self.location(person));
        let numbers = id_numbers(person);
        set("id_numbers", (!numbers.is_empty()).then(|| numbers.into()));
        let consents: Vec<Value> = options
            .consents
            .iter()
            .map(|consent| json!({ "name": consent.word(), "granted": true }))
            .collect();
        set("consents", (!consents.is_empty()).then(|| consents.into()));
        Value::Object(applicant)
    }

    /// Where the person is and lives, as far as anybody has said.
    fn location(&self, person: &PersonRecord) -> Option<Value> {
        let home = claimed(&person.addresses).and_then(|address| address.country.as_ref());
        let home = home
            .and_then(Country::alpha3)
            .or_else(|| self.options.country_of_residence.as_ref()?.alpha3());
        let network = claimed(&person.networks);
        let ip = network.and_then(|network| network.ip_address.as_deref());
        let mut location = Map::new();
        for (name, value) in [("country_of_residence", home), ("ip_address", ip)] {
            if let Some(value) = value {
                location.insert(name.to_owned(), value.into());
            }
        }
        (!location.is_empty()).then_some(Value::Object(location))
    }

    fn new_run(&self, intent: &StartSession, applicant: &str) -> Result<Value, Error> {
        let options = &self.options;
        let mut tags = vec![intent.request_id.to_string()];
        tags.extend(options.tags.iter().cloned());
        let mut run = json!({
            "applicant_id": applicant,
            "workflow_id": self.workflow(intent)?,
            "tags": tags,
            "customer_user_id": intent.subject.expose(Purpose::SendToVendor),
        });
        let completed = intent.return_url.as_ref();
        let completed = completed.or(options.completed_redirect_url.as_ref());
        let lifetime = options.link_lifetime_secs.map(Duration::from_secs);
        // The vendor writes times in whole seconds.
        let expires_at = lifetime.map(|lifetime| self.clock.now().plus(lifetime).as_unix_secs());
        let mut link = Map::new();
        for (name, value) in [
            ("completed_redirect_url", completed.cloned()),
            ("expired_redirect_url", options.expired_redirect_url.clone()),
            ("language", options.link_language.clone()),
            (
                "expires_at",
                expires_at.map(|secs| Timestamp::from_unix_secs(secs).to_string()),
            ),
        ] {
            if let Some(value) = value {
                link.insert(name.to_owned(), value.into());
            }
        }
        if let Some(members) = run.as_object_mut().filter(|_| !link.is_empty()) {
            members.insert("link".to_owned(), Value::Object(link));
        }
        Ok(run)
    }

    /// The run that an earlier run of this intent made.
    async fn find_by_tag(
        &self,
        client: &Client,
        intent: &StartSession,
        applicant: &str,
    ) -> Result<Option<Read>, Error> {
        let operation = "list_workflow_runs";
        let tag = intent.request_id.to_string();
        for page in 1..=MAX_PAGES {
            let answer = client.list_workflow_runs(applicant, &tag, page).await?;
            let runs = map::elements(&answer.body).map_err(|error| unreadable(operation, error))?;
            if runs.is_empty() {
                return Ok(None);
            }
            for element in runs {
                let run: wire::Resource<'_> = map::object(element.get().as_bytes())
                    .map_err(|error| unreadable(operation, error))?;
                if run.applicant_id.get() != Some(applicant) {
                    continue;
                }
                // The bytes of the run alone, as if it had been asked for alone.
                let body = bytes::Bytes::copy_from_slice(element.get().as_bytes());
                return self.read(operation, None, &Answer { body }).map(Some);
            }
        }
        // The vendor does not look at our question. Making another run could make a second one: better to stop.
        let message = "the runs of the applicant cannot be looked through";
        Err(failed(ErrorKind::Conflict, operation, message))
    }
}

impl Read {
    fn into_started(self) -> Started {
        Started::Created(StartedSession {
            session_id: self.id,
            link: self.link,
            snapshot: self.snapshot,
        })
    }
}

fn id_of_applicant(answer: &Answer) -> Result<String, Error> {
    let operation = "create_applicant";
    let applicant: wire::Applicant<'_> =
        map::object(&answer.body).map_err(|error| unreadable(operation, error))?;
    let id = applicant.id.get().filter(|id| is_vendor_id(id));
    id.map(str::to_owned).ok_or_else(|| {
        let why = "it is no applicant";
        unreadable(operation, idv_core::Unreadable::NotThisProvider { why })
    })
}

async fn save(
    checkpoint: &mut dyn Checkpoint,
    step: &'static str,
    value: &str,
) -> Result<(), Error> {
    checkpoint.save(step, value).await.map_err(|error| {
        let message = "it is made at the vendor, but its id could not be stored";
        let mut failure =
            failed(ErrorKind::Unavailable, "create_workflow_run", message).with_source(error);
        failure.may_have_taken_effect = true;
        failure
    })
}

/// The first value the application itself has given.
fn claimed<T>(values: &[Sourced<T>]) -> Option<&T> {
    let claimed = values
        .iter()
        .filter(|value| value.provenance == Provenance::Claimed);
    claimed.filter_map(|value| value.value.as_present()).next()
}

/// A whole date; the vendor takes no part of one.
fn iso_date(date: &PartialDate) -> Option<Value> {
    let (month, day) = (date.month?, date.day?);
    Some(format!("{:04}-{month:02}-{day:02}", date.year).into())
}

/// An address with the postal code and the country that the vendor wants.
fn vendor_address(address: &Address) -> Option<Value> {
    let postcode = address.postal_code.as_ref()?;
    let country = address.country.as_ref()?.alpha3()?;
    let mut members = Map::new();
    members.insert("postcode".to_owned(), postcode.as_str().into());
    members.insert("country".to_owned(), country.into());
    let lines = address.lines.iter().zip(["line1", "line2", "line3"]);
    let lines = lines.map(|(line, name)| (name, line));
    let town = address.city.iter().map(|city| ("town", city));
    let state = address.region.iter().map(|region| ("state", region));
    for (name, value) in lines.chain(town).chain(state) {
        members.insert(name.to_owned(), value.as_str().into());
    }
    Some(Value::Object(members))
}

/// The identification numbers for which the vendor has a word.
fn id_numbers(person: &PersonRecord) -> Vec<Value> {
    let claimed = person
        .id_numbers
        .iter()
        .filter(|number| number.provenance == Provenance::Claimed);
    claimed
        .filter_map(|number| number.value.as_present())
        .filter(|number| !number.is_last_characters_only)
        .filter_map(|number| {
            let word = match number.kind.as_deref()? {
                "us_ssn" => "ssn",
                "gb_nino" => "social_insurance",
                _ => return None,
            };
            Some(json!({ "type": word, "value": number.value }))
        })
        .collect()
}
