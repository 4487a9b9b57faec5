//! How the vendor judges in its sandbox: by who somebody says they are.
//!
//! plaid.com/docs/identity-verification/testing, read 2026-11-20.

use serde_json::Value;

use super::{Attempt, Event, Findings, NotPossible};
use crate::plaid::Step;
use crate::plaid::person::{self, Compared};

/// As the vendor's pages have it: the third document that is refused is the last.
const DOCUMENTS: usize = 3;

impl Attempt {
    /// The person does everything, and is judged as in the vendor's sandbox: by who they say they are.
    pub(in crate::plaid) fn judge(&mut self, now: i64) -> Result<Vec<Event>, NotPossible> {
        self.require_active("be judged")?;
        let mut events = Vec::new();
        while let Some(step) = self.next_to_do() {
            if step == Step::KycCheck && !self.needs_nobody() {
                self.say_what_is_missing();
            }
            let compared = Compared::with_leslie_knope(&self.user);
            match step {
                Step::KycCheck => {
                    let findings = self.sections.compared(compared);
                    self.finish(step, compared.speaks_for_them(), Some(&findings), now);
                }
                Step::DocumentaryVerification => self.show_her_document(compared, now),
                Step::WatchlistScreening if self.is_on_a_list() => {
                    events.extend(self.flag(&Findings::new(), now)?);
                    continue;
                }
                _ => self.finish(step, true, None, now),
            }
            self.go_on();
            events.push(self.event("STEP_UPDATED"));
        }
        events.push(self.decide(None, now)?);
        Ok(events)
    }

    /// Any document is read as a genuine one of hers.
    fn show_her_document(&mut self, compared: Compared, now: i64) {
        let step = Step::DocumentaryVerification;
        let word = |word: &'static str| if word == "match" { "match" } else { "no_match" };
        let (name, date_of_birth) = (word(compared.name), word(compared.date_of_birth));
        let is_hers = (name, date_of_birth) == ("match", "match");
        let findings = self.sections.read_as_hers(name, date_of_birth);
        if !is_hers {
            for _ in 1..DOCUMENTS {
                self.record(step, false, Some(&findings), now);
            }
        }
        self.finish(step, is_hers, Some(&findings), now);
    }

    /// A name that is on the lists the vendor's pages suggest for trying.
    fn is_on_a_list(&self) -> bool {
        let name = self.user.get("name");
        let part = |part: &str| name.and_then(|name| name.get(part)).and_then(Value::as_str);
        part("given_name") == Some("Joseph") && part("family_name") == Some("Kony")
    }

    /// Whoever has a screen in front of them is asked for what the application did not say, and is Leslie Knope.
    pub(super) fn say_what_is_missing(&mut self) {
        let said_nothing = person::given(&self.user, "name").is_none();
        for (name, value) in person::leslie_knope() {
            let is_missing = person::given(&self.user, &name).is_none();
            if is_missing && (name != "id_number" || said_nothing) {
                self.user.insert(name, value);
            }
        }
    }
}
