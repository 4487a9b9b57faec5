//! Another attempt after one that is over, or not: `/identity_verification/retry`, and the same in the dashboard.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::api::Call;
use super::attempts::{Wanted, check_user};
use super::fault::Fault;
use super::fields::Fields;
use crate::plaid::attempt::Status;
use crate::plaid::step::StepStatus;
use crate::plaid::{Attempt, Step};

/// What is done again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Strategy {
    /// Everything.
    Reset,
    /// What has not passed.
    Incomplete,
    /// What has not passed of an attempt that is over; everything of one that has passed.
    Infer,
    /// These steps and no others, whatever the template says.
    #[serde(skip)]
    Custom(Vec<(Step, bool)>),
}

/// The steps `custom` chooses among.
const CHOSEN: [Step; 4] = [
    Step::VerifySms,
    Step::KycCheck,
    Step::DocumentaryVerification,
    Step::SelfieCheck,
];

/// Which data each step collects. They are asked for again if the step is.
const COLLECTED: [(Step, &[&str]); 2] = [
    (Step::VerifySms, &["phone_number"]),
    (
        Step::KycCheck,
        &["name", "date_of_birth", "address", "id_number"],
    ),
];

impl Call<'_> {
    pub(super) fn retry(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let wanted = ["client_user_id", "template_id", "strategy"];
        let fields = Fields::of(body, &wanted, &["user", "steps", "is_shareable"])?;
        let template = self.template(fields.wanted_text("template_id")?)?;
        let strategy = strategy(&fields)?;
        let user = fields.object("user")?.cloned().unwrap_or_default();
        check_user(&user)?;
        let client_user_id = fields.wanted_text("client_user_id")?;
        let latest = self.state.attempts_of(client_user_id).next_back().cloned();
        // The vendor does not publish its codes for what follows.
        let latest = latest.ok_or_else(|| {
            Fault::field("client_user_id has no identity verification that could be retried")
        })?;
        let is_shareable = fields.flag("is_shareable")?;
        let wanted = Wanted {
            client_user_id: client_user_id.to_owned(),
            user_id: latest.user_id().map(str::to_owned),
            template,
            user,
            is_shareable: is_shareable.unwrap_or(latest.page_key().is_some()),
            gave_consent: latest.has_consent(),
        };
        let id = self.make_another(&latest, wanted, &strategy)?;
        self.begin(&id);
        self.shown(&id)
    }

    /// The same, by somebody in the dashboard: with everything as it was.
    pub(super) fn retry_in_dashboard(
        &mut self,
        latest: &Attempt,
        strategy: &Strategy,
    ) -> Result<String, Fault> {
        let template = self.template(&latest.template().id)?;
        let wanted = Wanted {
            client_user_id: latest.client_user_id().to_owned(),
            user_id: latest.user_id().map(str::to_owned),
            template,
            user: Map::new(),
            is_shareable: latest.page_key().is_some(),
            gave_consent: latest.has_consent(),
        };
        self.make_another(latest, wanted, strategy)
    }

    fn make_another(
        &mut self,
        latest: &Attempt,
        mut wanted: Wanted,
        strategy: &Strategy,
    ) -> Result<String, Fault> {
        let skipped = skipped(latest, strategy)?;
        let asked_for = wanted.template.steps.clone();
        let is_kept = |step: Step| skipped.contains(&step) || !asked_for.contains(&step);
        for (name, value) in latest.user() {
            let collected = COLLECTED
                .iter()
                .find(|(_, names)| names.contains(&name.as_str()));
            let is_kept = name != "ip_address" && collected.is_none_or(|(step, _)| is_kept(*step));
            if is_kept && !value.is_null() {
                let member = wanted.user.entry(name.clone());
                member.or_insert_with(|| value.clone());
            }
        }
        let id = self.make(wanted);
        if let Some(attempt) = self.state.attempts.get_mut(&id) {
            attempt.set_previous_id(latest.id());
            if let Strategy::Custom(chosen) = strategy {
                let runs_selfies = self.environment.options.runs_selfies;
                for (step, is_chosen) in chosen {
                    let can_run = *step != Step::SelfieCheck || runs_selfies;
                    if *is_chosen && can_run {
                        attempt.ask_for(*step, true);
                    }
                }
            }
            for step in skipped {
                attempt.skip(step);
            }
        }
        let named = if self.environment.options.tells_the_old_attempt {
            latest.id()
        } else {
            id.as_str()
        };
        let event = self.state.attempts.get(named).map(Attempt::retried);
        self.state.send(self.environment.name, named, event);
        Ok(id)
    }
}

fn strategy(fields: &Fields<'_>) -> Result<Strategy, Fault> {
    let names = CHOSEN.map(Step::word);
    let steps = fields.fields("steps", &names, &[])?;
    let word = fields.wanted_text("strategy")?;
    match (word, steps) {
        ("custom", None) => Err(Fault::missing_fields(&["steps"])),
        ("custom", Some(steps)) => {
            let mut chosen = Vec::new();
            for step in CHOSEN {
                let flag = steps.flag(step.word())?;
                chosen.push((step, flag.unwrap_or(false)));
            }
            Ok(Strategy::Custom(chosen))
        }
        (_, Some(_)) => Err(Fault::field("steps is for the strategy custom only")),
        ("reset", None) => Ok(Strategy::Reset),
        ("incomplete", None) => Ok(Strategy::Incomplete),
        ("infer", None) => Ok(Strategy::Infer),
        _ => Err(Fault::field(
            "strategy must be reset, incomplete, infer or custom",
        )),
    }
}

/// The steps that need not be done again.
fn skipped(latest: &Attempt, strategy: &Strategy) -> Result<Vec<Step>, Fault> {
    match strategy {
        Strategy::Reset => Ok(Vec::new()),
        Strategy::Custom(chosen) => {
            let left_out = chosen.iter().filter(|(_, is_chosen)| !is_chosen);
            Ok(left_out.map(|(step, _)| *step).collect())
        }
        Strategy::Infer => match latest.status() {
            Status::Active => Err(Fault::field(
                "strategy infer is not possible while the identity verification is active",
            )),
            Status::Failed | Status::Expired => passed(latest),
            _ => Ok(Vec::new()),
        },
        Strategy::Incomplete => passed(latest),
    }
}

fn passed(latest: &Attempt) -> Result<Vec<Step>, Fault> {
    let failed = |step: &Step| latest.step(*step) == StepStatus::Failed;
    if Step::ALL
        .iter()
        .any(|step| step.is_background() && failed(step))
    {
        return Err(Fault::field(
            "strategy incomplete is not possible after a failed watchlist_screening or risk_check",
        ));
    }
    let has_passed = |step: &Step| {
        matches!(
            latest.step(*step),
            StepStatus::Success | StepStatus::Skipped | StepStatus::ManuallyApproved
        )
    };
    Ok(Step::ALL.into_iter().filter(has_passed).collect())
}
