//! Providers that break one promise each, and the clause that notices.
#![cfg(test)]

mod abilities;
mod evidence;
#[path = "../fake_subject/mod.rs"]
mod fake_subject;
mod sessions;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use idv_core::webhook::{InboundWebhook, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, Call, Checkpoint, CheckpointError, Clock, Concern, Depth, Error, ErrorKind,
    IdProvider, Kind, Mapped, Origins, Part, ProviderInfo, ReasonCode, Repeat, Secret, SessionId,
    Snapshot, StartSession, Started, Status, StepStatus, Timestamp, Transport, TransportError,
    Unreadable, UserLink, WebhookCapability, WebhookEvent,
};
use idv_testkit::contract::{self, AbilityFacts, ContractSubject, ErrorCase, Facts, Signer};
use idv_testkit::fake::{CURRENT_SECRET, SIGNATURE_HEADER, sign};

use fake_subject::Fake;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    NewKeyForEachStart,
    GoesOnAfterARefusedSave,
    TakesOverExisting,
    HidesTheField,
    SaysNothingWasDone,
    MarksEverythingSafe,
    MarksNothingSafe,
    ReadsTheVerdictTwice,
    FailsOnUnknownStatus,
    FailsOnAMissingPart,
    CallsEveryErrorUnavailable,
    GivesABlankLink,
    IsLaxAboutTheWord,
    LetsStepsDecide,
    PassesWithoutAVerdict,
    RefusesNewMembers,
    ForgetsOrigins,
    ReadsNonsense,
    BelievesEverything,
    KnowsOneKeyOnly,
    FailsOnUnknownEvents,
    MindsOtherProducts,
    HidesAnAbility,
    WithdrawsTooLate,
    StopsAfterAPage,
    NamesWhatIsOlder,
    TakesAFailureForNothing,
    SaysErasedTooSoon,
    ForgetsTheDecision,
    ErasesOnce,
    ErasesWhatIsLookedAt,
    TakesMissingForErased,
    TakesSilenceForErased,
    AssemblesWithoutDetails,
    AssemblesNoStrangeParts,
    AssemblesFromTheLink,
    AssemblesNothing,
    PassesOverASpoiledPart,
    PrintsItsKey,
    NamesNoCredential,
    ListsAnotherWord,
    ListsAFileTwice,
    ListsALink,
    PrintsALink,
    OpensNothing,
    OpensWhatIsGone,
    FailsWhileItIsWritten,
    AsksAgainAtOnce,
    SendsItsKeyElsewhere,
    SendsItsKeyToAHandedOutAddress,
    ForgetsACursor,
    HidesOneOfTheList,
    FailsForOneOfTheList,
    TakesAFailureForTheEnd,
    HandsInTwice,
    HandsInNothing,
    CallsRefusedDataAConflict,
    ShowsTheErasure,
    RestoresWhatIsNotErased,
    RetriesEverything,
    RetriesWhatDidNotFail,
    RetriesAnotherStep,
    ChangesNothing,
    ChangesWhatIsDecided,
    UploadsTheText,
    UploadsWithALink,
    SaysEachIsComplete,
    RegistersWithoutASecret,
    RegistersHalf,
    FailsToEndTwice,
    ListsNoReason,
    ListsAReasonOfNobody,
    ListsUnsorted,
    ListsNoWebhook,
    ListsAWebhookOfNobody,
}

/// The fake subject with one flaw.
struct Subject(Flaw);

impl ContractSubject for Subject {
    fn provider(
        &self,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Box<dyn IdProvider> {
        let relabelled = Arc::new(Relabel {
            inner: transport,
            flaw: self.0,
        });
        let inner = Fake.provider(relabelled, clock);
        let mut info = inner.info().clone();
        match self.0 {
            Flaw::NamesNoCredential => info.credential_pointers = &[],
            Flaw::ListsAnotherWord => info.passed_words = &["approved", "again"],
            _ => {}
        }
        Box::new(Flawed {
            inner,
            info,
            flaw: self.0,
        })
    }

    fn fixtures(&self) -> PathBuf {
        Fake.fixtures()
    }

    fn mapping_rows(&self) -> Vec<&'static str> {
        Fake.mapping_rows()
    }

    fn ability_facts(&self) -> AbilityFacts {
        Fake.ability_facts()
    }

    fn facts(&self) -> Facts {
        Fake.facts()
    }

    fn intent(&self) -> StartSession {
        Fake.intent()
    }

    fn sign(&self, signer: Signer, body: &[u8], at: Timestamp) -> HeaderMap {
        Fake.sign(signer, body, at)
    }

    fn creates(&self, request: &Request<Bytes>) -> bool {
        Fake.creates(request)
    }

    fn errors(&self) -> Vec<ErrorCase> {
        Fake.errors()
    }
}

#[derive(Debug)]
struct Relabel {
    inner: Arc<dyn Transport>,
    flaw: Flaw,
}

#[async_trait]
impl Transport for Relabel {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut call = Call::of(&request);
        match self.flaw {
            Flaw::MarksEverythingSafe => call.repeat = Repeat::Safe,
            Flaw::MarksNothingSafe => call.repeat = Repeat::Never,
            _ => {}
        }
        request.extensions_mut().insert(call);
        evidence::strayed(self.flaw, &mut request);
        self.inner.send(request).await
    }

    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<idv_core::BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}

#[derive(Debug)]
struct Flawed {
    inner: Box<dyn IdProvider>,
    info: ProviderInfo,
    flaw: Flaw,
}

static STARTS: AtomicUsize = AtomicUsize::new(0);

#[async_trait]
impl IdProvider for Flawed {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }

    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        let mut intent = intent.clone();
        if self.flaw == Flaw::NewKeyForEachStart {
            intent.idempotency_key = STARTS.fetch_add(1, Ordering::SeqCst).to_string();
        }
        let outcome = if self.flaw == Flaw::GoesOnAfterARefusedSave {
            let mut deaf = Deaf(checkpoint);
            self.inner.start(&intent, &mut deaf).await
        } else {
            self.inner.start(&intent, checkpoint).await
        };
        match outcome {
            Ok(Started::Existing(session)) if self.flaw == Flaw::TakesOverExisting => {
                Ok(Started::Created(session))
            }
            other => self.spoil(other),
        }
    }

    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error> {
        if self.flaw == Flaw::ReadsTheVerdictTwice {
            let _ = self.inner.fetch(session, depth).await;
        }
        let snapshot = self.spoil(self.inner.fetch(session, depth).await)?;
        let unknown = snapshot
            .mapped
            .status
            .as_ref()
            .is_some_and(Status::is_unknown);
        let fails = match self.flaw {
            Flaw::FailsOnUnknownStatus => unknown,
            Flaw::FailsOnAMissingPart => !snapshot.missing.is_empty(),
            _ => false,
        };
        if fails {
            let id = self.info.id.clone();
            return Err(Error::new(ErrorKind::BadResponse, id, "fetch", "no"));
        }
        Ok(snapshot)
    }

    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        if self.flaw == Flaw::GivesABlankLink {
            let _ = self.inner.renew_link(session).await;
            return Ok(UserLink::new(Some(Secret::from(" ")), None, None));
        }
        self.spoil(self.inner.renew_link(session).await)
    }

    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        let ours = sign(CURRENT_SECRET, &webhook.body);
        let by_current_key = webhook
            .headers
            .get(SIGNATURE_HEADER)
            .is_some_and(|value| value == ours.as_str());
        let mut webhook = webhook.clone();
        let resign = match self.flaw {
            Flaw::BelievesEverything => true,
            Flaw::KnowsOneKeyOnly if !by_current_key => {
                webhook.headers.clear();
                false
            }
            _ => false,
        };
        if resign {
            webhook
                .headers
                .insert(SIGNATURE_HEADER, ours.parse().unwrap());
        }
        self.inner.verify(&webhook).await
    }

    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        let nothing = Concern::Nothing { reason: "nothing" };
        match self.inner.interpret(webhook) {
            Err(_) if self.flaw == Flaw::ReadsNonsense => Ok(WebhookEvent::new("?", nothing)),
            Ok(event) if matches!(event.concern, Concern::Nothing { .. }) => match self.flaw {
                Flaw::FailsOnUnknownEvents => Err(Unreadable::NotThisProvider { why: "unlisted" }),
                Flaw::MindsOtherProducts => Ok(WebhookEvent::new(
                    "?",
                    Concern::Session(SessionId::new("chk_0001")),
                )),
                _ => Ok(event),
            },
            other => other,
        }
    }

    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        let mapped = self.inner.translate(kind, bytes);
        let text = String::from_utf8_lossy(bytes);
        match self.flaw {
            Flaw::RefusesNewMembers if text.contains("zz_added_later") => {
                Err(Unreadable::NotThisProvider { why: "new" })
            }
            Flaw::PassesWithoutAVerdict if text.contains(r#""state":null"#) => {
                let start = text.replacen(r#""state":null"#, r#""state":"approved""#, 1);
                self.inner.translate(None, start.as_bytes())
            }
            Flaw::ReadsNonsense if mapped.is_err() => {
                let id = self.info.id.clone();
                Ok(Mapped::new(id, Kind::Other, 1))
            }
            _ => mapped.map(|mapped| self.twist(mapped)),
        }
    }

    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        let has = |name: &str| Part::find(parts, name).is_some();
        let assembled = self.inner.assemble(parts);
        match (self.flaw, assembled) {
            (Flaw::AssemblesNoStrangeParts, _) if has("a_part_nobody_knows") => {
                Err(Unreadable::NotThisProvider { why: "strange" })
            }
            (Flaw::AssemblesNothing, Err(_)) => {
                Ok(Mapped::new(self.info.id.clone(), Kind::Session, 1))
            }
            (Flaw::PassesOverASpoiledPart, Err(_)) if has("details") && has("check") => {
                self.inner.assemble(&parts[..1])
            }
            (Flaw::AssemblesWithoutDetails, Ok(mut mapped)) => {
                mapped.person = None;
                Ok(mapped)
            }
            (Flaw::AssemblesFromTheLink, Ok(mut mapped)) => {
                let text = String::from_utf8_lossy(&parts[0].bytes);
                mapped.subject_started |= text.contains("[blanked]");
                Ok(mapped)
            }
            (_, other) => other,
        }
    }

    fn capabilities(&self) -> idv_core::Capabilities {
        let mut found = self.inner.capabilities();
        match self.flaw {
            Flaw::ListsNoReason => found.reasons.clear(),
            Flaw::ListsAReasonOfNobody => found.reasons.push(ReasonCode::FaceMismatch),
            Flaw::ListsUnsorted => found.statuses.reverse(),
            Flaw::ListsNoWebhook => found.webhooks.clear(),
            Flaw::ListsAWebhookOfNobody => found.webhooks.push(WebhookCapability {
                event_type: "check.of_nobody",
                concerns_session: true,
            }),
            _ => {}
        }
        found
    }

    fn abilities(&self) -> Abilities<'_> {
        match self.flaw {
            Flaw::HidesAnAbility => Abilities::none(),
            // What has no flaw of its own is as it was.
            _ => self
                .inner
                .abilities()
                .with_cancel(self)
                .with_complete_task(self)
                .with_evidence(self)
                .with_list(self)
                .with_missed_events(self)
                .with_redact(self)
                .with_restore(self)
                .with_retry(self)
                .with_update(self)
                .with_upload_documents(self)
                .with_webhook_admin(self),
        }
    }
}

impl Flawed {
    #[expect(clippy::result_large_err, reason = "the error is the contract's")]
    fn spoil<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.map_err(|mut error| {
            match self.flaw {
                Flaw::HidesTheField => {
                    if let ErrorKind::InvalidInput { field } = &mut error.kind {
                        *field = None;
                    }
                }
                Flaw::CallsRefusedDataAConflict => error.kind = ErrorKind::Conflict,
                Flaw::SaysNothingWasDone => error.may_have_taken_effect = false,
                Flaw::CallsEveryErrorUnavailable => error.kind = ErrorKind::Unavailable,
                Flaw::PrintsItsKey => error.vendor_request_id = Some("fake-key".to_owned()),
                _ => {}
            }
            error
        })
    }

    fn twist(&self, mut mapped: Mapped) -> Mapped {
        match (self.flaw, &mapped.status) {
            (Flaw::IsLaxAboutTheWord, Some(Status::Unknown(raw)))
                if raw.trim().eq_ignore_ascii_case("approved") =>
            {
                mapped.status = Some(Status::Passed);
            }
            (Flaw::LetsStepsDecide, Some(_)) => {
                let all_good = mapped.steps.iter().all(|s| s.status == StepStatus::Passed);
                if all_good {
                    mapped.status = Some(Status::Passed);
                }
            }
            (Flaw::ForgetsOrigins, _) => mapped.origins = Origins::new(),
            _ => {}
        }
        mapped
    }
}

/// A checkpoint whose refusals are not heard.
struct Deaf<'a>(&'a mut dyn Checkpoint);

#[async_trait]
impl Checkpoint for Deaf<'_> {
    fn saved(&self, step: &'static str) -> Option<&str> {
        self.0.saved(step)
    }

    async fn save(&mut self, step: &'static str, value: &str) -> Result<(), CheckpointError> {
        let _ = self.0.save(step, value).await;
        Ok(())
    }
}

/// Whether the clause holds for a provider with this flaw.
macro_rules! holds {
    ($flaw:expr, $clause:ident) => {
        catch_unwind(AssertUnwindSafe(|| {
            contract::run(contract::$clause(&Subject($flaw)));
        }))
        .is_ok()
    };
}

macro_rules! noticed {
    ($($flaw:ident => $($clause:ident),+;)+) => { $( $(
        assert!(holds!(Flaw::None, $clause), concat!(stringify!($clause), " fails without a flaw"));
        assert!(
            !holds!(Flaw::$flaw, $clause),
            concat!(stringify!($clause), " does not notice ", stringify!($flaw))
        );
    )+ )+ };
}

#[test]
fn each_broken_promise_is_noticed_by_its_clause() {
    noticed! {
        NewKeyForEachStart => start_again_after_a_crash_at_any_checkpoint_makes_no_second_session,
            start_again_after_a_lost_answer_makes_no_second_session,
            calls_that_create_are_repeated_only_with_the_vendors_key;
        GoesOnAfterARefusedSave => start_stops_when_its_progress_cannot_be_saved;
        TakesOverExisting => start_does_not_take_over_the_session_of_another_intent;
        HidesTheField => start_names_the_field_that_the_vendor_refuses,
            upload_that_is_refused_names_the_field;
        SaysNothingWasDone => start_that_may_have_worked_says_so, complete_task_is_sent_once,
            upload_hands_in_one_file_once, webhook_registration_is_never_repeated_blindly,
            redact_without_an_answer_may_be_repeated;
        MarksEverythingSafe => update_changes_an_open_session, calls_that_create_are_repeated_only_with_the_vendors_key;
        MarksNothingSafe => fetch_only_reads, list_only_reads;
        ReadsTheVerdictTwice => fetch_of_the_verdict_is_one_call;
        FailsOnUnknownStatus => fetch_keeps_a_status_nobody_has_listed;
        FailsOnAMissingPart => fetch_lists_a_part_that_cannot_be_had;
        CallsEveryErrorUnavailable => errors_are_told_apart_by_kind,
            fetch_of_a_missing_session_is_not_found,
            redact_that_is_refused_is_a_conflict, redact_of_a_missing_session_is_not_found,
            renew_link_of_a_session_without_input_is_a_conflict;
        GivesABlankLink => renew_link_gives_the_subject_a_way_in;
        IsLaxAboutTheWord => only_the_listed_words_pass;
        ListsAnotherWord => only_the_listed_words_pass;
        LetsStepsDecide => steps_do_not_decide, recordings_are_translated_as_expected;
        PassesWithoutAVerdict => null_means_absent;
        RefusesNewMembers => extra_members_change_nothing;
        ForgetsOrigins => recordings_are_translated_as_expected, only_the_listed_words_pass;
        ReadsNonsense => bytes_that_are_nothing_of_the_vendor_are_unreadable,
            signed_webhook_that_is_no_json_is_unreadable, empty_webhook_is_refused_or_unreadable;
        BelievesEverything => unsigned_webhook_is_refused, forged_webhook_is_refused,
            webhook_signed_with_a_strange_key_is_refused, tampered_webhook_is_refused,
            reserialized_webhook_is_refused, webhook_with_two_signature_headers_is_refused,
            empty_webhook_is_refused_or_unreadable;
        KnowsOneKeyOnly => webhook_signed_with_the_previous_key_is_accepted;
        FailsOnUnknownEvents => webhook_of_an_unknown_type_concerns_nothing;
        MindsOtherProducts => webhook_of_another_product_concerns_nothing;
        HidesAnAbility => declared_abilities_are_exercised_and_absent_ones_are_none;
        WithdrawsTooLate => cancel_that_comes_too_late_is_a_conflict;
        StopsAfterAPage => missed_events_name_the_sessions_nobody_was_told_of;
        NamesWhatIsOlder => missed_events_name_the_sessions_nobody_was_told_of;
        TakesAFailureForNothing => missed_events_may_be_forbidden,
            missed_events_without_an_answer_are_not_none;
        SaysErasedTooSoon => redact_asks_for_erasure_and_keeps_the_decision;
        ForgetsTheDecision => redact_asks_for_erasure_and_keeps_the_decision,
            redact_of_a_redacted_session_is_no_error;
        ErasesOnce => redact_of_a_redacted_session_is_no_error;
        ErasesWhatIsLookedAt => redact_that_is_refused_is_a_conflict;
        TakesMissingForErased => redact_of_a_missing_session_is_not_found;
        TakesSilenceForErased => redact_without_an_answer_may_be_repeated;
        AssemblesWithoutDetails => assembling_the_parts_gives_what_was_mapped;
        AssemblesNoStrangeParts => assembling_the_parts_gives_what_was_mapped;
        AssemblesFromTheLink => assembling_does_not_depend_on_credentials,
            assembling_a_session_is_translating_it;
        AssemblesNothing => assembling_without_the_session_is_unreadable;
        PassesOverASpoiledPart => assembling_without_the_session_is_unreadable;
        ListsAFileTwice => evidence_lists_each_file_once_and_without_links;
        ListsALink => evidence_lists_each_file_once_and_without_links;
        PrintsALink => evidence_is_nowhere_printed;
        OpensNothing => evidence_opens_a_file_and_sends_credentials_to_the_api_only;
        OpensWhatIsGone => evidence_that_is_gone_is_not_found;
        FailsWhileItIsWritten => evidence_that_is_not_ready_is_a_state;
        AsksAgainAtOnce => evidence_that_is_not_ready_is_a_state;
        SendsItsKeyElsewhere => evidence_opens_a_file_and_sends_credentials_to_the_api_only;
        SendsItsKeyToAHandedOutAddress => evidence_opens_a_file_and_sends_credentials_to_the_api_only;
        ForgetsACursor => list_meets_every_session_on_every_page;
        HidesOneOfTheList => list_of_one_that_cannot_be_read_hides_no_other;
        FailsForOneOfTheList => list_of_one_that_cannot_be_read_hides_no_other;
        TakesAFailureForTheEnd => list_without_an_answer_is_not_the_end;
        HandsInTwice => complete_task_is_sent_once, upload_hands_in_one_file_once,
            webhook_registration_is_never_repeated_blindly;
        HandsInNothing => complete_task_is_sent_once;
        CallsRefusedDataAConflict => complete_task_refused_is_invalid_input,
            upload_that_is_refused_names_the_field, webhook_registration_that_is_refused_is_invalid_input;
        ShowsTheErasure => restore_brings_the_session_back;
        RestoresWhatIsNotErased => restore_without_an_erasure_is_a_conflict;
        RetriesEverything => retry_asks_again_only_what_it_was_told, retry_refused_is_a_conflict,
            retry_of_a_step_that_cannot_be_asked_alone_is_unsupported;
        RetriesWhatDidNotFail => retry_refused_is_a_conflict;
        RetriesAnotherStep => retry_of_a_step_that_cannot_be_asked_alone_is_unsupported;
        ChangesNothing => update_changes_an_open_session;
        ChangesWhatIsDecided => update_that_comes_too_late_is_a_conflict;
        UploadsTheText => upload_hands_in_one_file_once;
        UploadsWithALink => upload_hands_in_one_file_once;
        SaysEachIsComplete => webhooks_that_lack_an_event_say_so;
        RegistersWithoutASecret => webhooks_are_registered_with_everything_that_matters_and_a_secret;
        RegistersHalf => webhooks_are_registered_with_everything_that_matters_and_a_secret;
        FailsToEndTwice => unregistering_a_webhook_twice_is_no_error;
        ListsNoReason => capabilities_are_what_the_recordings_show;
        ListsAReasonOfNobody => capabilities_are_what_the_recordings_show;
        ListsUnsorted => capabilities_are_sorted_and_hold_each_value_once;
        ListsNoWebhook => webhook_types_are_what_the_recordings_show;
        ListsAWebhookOfNobody => webhook_types_are_what_the_recordings_show;
        PrintsItsKey => webhook_secrets_are_nowhere_printed, nothing_printed_or_stored_in_the_clear_shows_a_person_or_a_secret;
        NamesNoCredential => credential_pointers_cover_every_link;
    }
}
