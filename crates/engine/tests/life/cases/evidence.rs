//! The files that vendors hold: shown, opened under the eyes of the timeline, and held to their word.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_core::bytes::Bytes;
use idv_core::{Actor, DataState, ErrorKind, EvidenceRole, RequestId, SessionId, TransportFailure};
use idv_engine::fold::CommandFact;
use idv_engine::store::{ObservationSource, PageRequest};
use idv_engine::{
    CommandError, Engine, Erase, EvidenceDownload, EvidenceEntry, EvidenceListing, OpenEvidence,
    OpenedEvidence, Whom, words,
};
use idv_testkit::fake::{
    Effect, FRONT, FakeContent, FakeEnd, FakeState, Fault, REPORT, REPORT_RETRY_AFTER,
};

use super::{staff, view};
use crate::world::{Options, World};

/// A request whose check has come to its end, so that its report is written.
async fn decided(world: &World) -> (RequestId, SessionId) {
    let made = world.request_of("user-1").await.request;
    let session = made.sessions[0].session_id.clone().unwrap();
    world.hear_of(&session, FakeState::Declined).await;
    (made.request.id, session)
}

async fn listed(engine: &Engine, request: RequestId) -> EvidenceListing {
    engine.evidence(request).await.unwrap().unwrap()
}

async fn file(world: &World, request: RequestId, role: EvidenceRole) -> EvidenceEntry {
    let listing = listed(&world.engine, request).await;
    let mut files = listing.files.into_iter();
    files.find(|file| file.role == role).unwrap()
}

async fn open(
    world: &World,
    request: RequestId,
    role: EvidenceRole,
) -> Result<OpenedEvidence, CommandError> {
    let file = file(world, request, role).await.id;
    let actor = staff();
    let command = OpenEvidence {
        request,
        file,
        actor,
    };
    world.engine.open_evidence(command).await
}

async fn front(world: &World, request: RequestId) -> Result<EvidenceDownload, CommandError> {
    match open(world, request, EvidenceRole::DocumentFront).await? {
        OpenedEvidence::Ready(download) => Ok(download),
        other => panic!("it is ready, and not {other:?}"),
    }
}

/// What came: so many bytes, and why no more, if that is not the end.
async fn drained(mut download: EvidenceDownload) -> (usize, Option<TransportFailure>) {
    let mut bytes = 0;
    while let Some(piece) = download.body.next_piece().await {
        match piece {
            Ok(piece) => bytes += piece.len(),
            Err(error) => {
                assert!(download.body.next_piece().await.is_none());
                return (bytes, Some(error.reason));
            }
        }
    }
    (bytes, None)
}

/// The entries of the timeline that say who has opened what.
async fn looks(world: &World, request: RequestId) -> Vec<(Option<Actor>, Option<CommandFact>)> {
    let page = PageRequest {
        after: None,
        limit: 100,
    };
    let story = world.engine.timeline(request, page).await.unwrap().unwrap();
    let looks = story
        .rows
        .into_iter()
        .filter(|entry| entry.what == words::EVIDENCE_OPENED);
    looks
        .map(|entry| {
            assert_eq!(entry.source, ObservationSource::Command);
            assert!(entry.session_id.is_some());
            assert_eq!(entry.status_before, entry.status_after);
            (entry.actor, entry.decided)
        })
        .collect()
}

fn pieces(bytes: &[usize]) -> FakeContent {
    FakeContent::whole(bytes.iter().map(|bytes| Bytes::from(vec![b'x'; *bytes])))
}

fn at_most_100(settings: &mut idv_engine::EngineSettings) {
    settings.evidence_max_bytes = 100;
}

async fn limited() -> Option<World> {
    let options = Options {
        adjust: at_most_100,
        ..Options::default()
    };
    World::open(options).await
}

#[tokio::test]
async fn the_files_of_every_session_are_listed_with_what_could_not_be_looked_at() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (request, session) = decided(&world).await;
    let listing = listed(&world.engine, request).await;
    let roles: Vec<_> = listing.files.iter().map(|f| f.role.clone()).collect();
    use EvidenceRole::{DocumentBack, DocumentFront, Report};
    assert_eq!(roles, [DocumentFront, Report, DocumentBack]);
    for file in &listing.files {
        assert_eq!(file.session_id, session);
        assert_eq!(file.account, world.account());
        assert!(file.id.to_string().starts_with("evd_"));
    }
    let report = &listing.files[1];
    assert_eq!(report.media_type.as_deref(), Some("application/pdf"));
    assert_eq!(report.size_bytes, Some(20));
    assert_eq!(listing.files[2].data_state, DataState::Redacted);
    assert_eq!(listing.gaps.len(), 1);
    assert_eq!(listing.gaps[0].part, Some("video"));
    assert_eq!(looks(&world, request).await, [], "a list shows no file");
    let nobody = "idv_00000000000000000000000000".parse().unwrap();
    assert!(world.engine.evidence(nobody).await.unwrap().is_none());
}

#[tokio::test]
async fn where_an_account_cannot_show_files_a_sentence_says_why() {
    let Some(mut world) = World::with_api().await else {
        return;
    };
    let (request, _) = decided(&world).await;
    for (kind, says) in [
        (ErrorKind::InvalidCredentials, "may not see"),
        (ErrorKind::NotFound, "no such session"),
    ] {
        let fault = Fault::of_kind(&kind, Effect::None).on("list_files");
        world.vendor.fail_next(fault);
        let listing = listed(&world.engine, request).await;
        assert!(listing.files.is_empty());
        assert!(listing.gaps[0].reason.contains(says), "{:?}", listing.gaps);
    }
    let down = Fault::of_kind(&ErrorKind::Unavailable, Effect::None).on("list_files");
    world.vendor.fail_next(down);
    let error = world.engine.evidence(request).await.unwrap_err();
    assert!(matches!(error, CommandError::Provider(_)), "{error}");

    world.lose_the_api_key().await;
    let listing = listed(&world.engine, request).await;
    assert!(listing.files.is_empty());
    let reason = listing.gaps[0].reason;
    assert!(reason.contains("no API credentials"), "{reason}");
}

#[tokio::test]
async fn a_file_is_passed_on_and_the_timeline_says_who_has_opened_which_before_its_first_byte() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (request, session) = decided(&world).await;
    let before = view(&world, request).await;
    let told = world.told(request).await;
    let download = front(&world, request).await.unwrap();
    assert_eq!(world.vendor.pieces_taken(), 0, "nothing was read yet");
    let fact = CommandFact::EvidenceOpened {
        role: EvidenceRole::DocumentFront,
        vendor_file_id: "fil_front".to_owned(),
    };
    assert_eq!(looks(&world, request).await, [(Some(staff()), Some(fact))]);
    assert_eq!(download.media_type.as_deref(), Some("image/jpeg"));
    assert_eq!(download.said_bytes, Some(19));
    assert_eq!(drained(download).await, (FRONT.len(), None));
    let report = open(&world, request, EvidenceRole::Report).await.unwrap();
    let OpenedEvidence::Ready(report) = report else {
        panic!("{report:?}");
    };
    assert_eq!(drained(report).await, (REPORT.len(), None));
    assert_eq!(looks(&world, request).await.len(), 2);

    // Looking changes nothing else, also not when all that is known is put together anew.
    world.news(&session).await;
    world.engine.settle().await;
    let after = view(&world, request).await;
    assert_eq!(after.request.state, before.request.state);
    assert_eq!(world.told(request).await, told);
}

#[tokio::test]
async fn a_file_is_read_no_faster_than_it_is_passed_on() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (request, _) = decided(&world).await;
    world.vendor.serve(pieces(&[1 << 16; 100]));
    let mut download = front(&world, request).await.unwrap();
    for taken in 1..=100 {
        download.body.next_piece().await.unwrap().unwrap();
        assert_eq!(world.vendor.pieces_taken(), taken);
    }
    assert!(download.body.next_piece().await.is_none());
}

#[tokio::test]
async fn a_file_that_is_still_being_written_is_no_error_and_nobody_has_looked_at_it() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let made = world.request_of("user-1").await.request.request.id;
    let opened = open(&world, made, EvidenceRole::Report).await.unwrap();
    let OpenedEvidence::NotReady { retry_after } = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(retry_after, REPORT_RETRY_AFTER);
    assert_eq!(looks(&world, made).await, []);
}

#[tokio::test]
async fn a_file_that_is_said_to_be_too_large_is_refused_before_its_head() {
    let Some(world) = limited().await else {
        return;
    };
    let (request, _) = decided(&world).await;
    world.vendor.serve(pieces(&[101]));
    let error = front(&world, request).await.unwrap_err();
    assert!(
        matches!(error, CommandError::EvidenceTooLarge { max_bytes: 100 }),
        "{error}"
    );
    assert_eq!(world.vendor.pieces_taken(), 0);
    assert_eq!(looks(&world, request).await, []);
    world.vendor.serve(pieces(&[100]));
    let exact = front(&world, request).await.unwrap();
    assert_eq!(drained(exact).await, (100, None));
}

#[tokio::test]
async fn a_file_that_lies_about_its_size_or_breaks_off_never_ends_as_if_it_were_whole() {
    let Some(world) = limited().await else {
        return;
    };
    let (request, _) = decided(&world).await;
    let broken = Some(TransportFailure::Broken);
    let too_large = Some(TransportFailure::TooLarge);
    for (announced, sent, end, came, failure) in [
        (None, vec![60, 41], FakeEnd::Whole, 60, too_large.clone()),
        (None, vec![60, 40], FakeEnd::Whole, 100, None),
        (Some(61), vec![60], FakeEnd::Whole, 60, broken.clone()),
        (Some(60), vec![60, 1], FakeEnd::Whole, 60, broken.clone()),
        (Some(60), vec![60, 90], FakeEnd::Whole, 60, too_large),
        (None, vec![60], FakeEnd::Broken, 60, broken),
        (
            Some(90),
            vec![60],
            FakeEnd::TimedOut,
            60,
            Some(TransportFailure::Timeout),
        ),
    ] {
        let mut content = pieces(&sent);
        (content.announced_bytes, content.end) = (announced, end);
        world.vendor.serve(content);
        let download = front(&world, request).await.unwrap();
        let outcome = drained(download).await;
        assert_eq!(outcome, (came, failure), "{announced:?} {sent:?} {end:?}");
    }
}

#[tokio::test]
async fn a_file_announced_with_another_size_than_it_is_listed_with_is_refused_before_its_head() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (request, _) = decided(&world).await;
    world.vendor.serve(pieces(&[REPORT.len() - 1]));
    let error = open(&world, request, EvidenceRole::Report).await;
    let CommandError::Provider(error) = error.unwrap_err() else {
        panic!("the vendor contradicts itself");
    };
    assert_eq!(error.kind, ErrorKind::BadResponse);
    assert_eq!(looks(&world, request).await, []);

    let mut short = pieces(&[REPORT.len() - 1]);
    short.announced_bytes = None;
    world.vendor.serve(short);
    let opened = open(&world, request, EvidenceRole::Report).await.unwrap();
    let OpenedEvidence::Ready(download) = opened else {
        panic!("{opened:?}");
    };
    let broken = Some(TransportFailure::Broken);
    assert_eq!(drained(download).await, (REPORT.len() - 1, broken));
}

#[tokio::test]
async fn only_a_file_of_the_request_itself_is_opened() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (request, _) = decided(&world).await;
    let other = world.request_of("user-2").await.request.request.id;
    let of_other = file(&world, other, EvidenceRole::DocumentFront).await.id;
    let forged: idv_engine::EvidenceId = {
        // The same session, and a file the vendor does not list.
        let known = file(&world, request, EvidenceRole::DocumentFront).await.id;
        let text = known.to_string();
        let keep = text.len() - 4;
        format!("{}AAAA", &text[..keep]).parse().unwrap()
    };
    let address: idv_engine::EvidenceId = {
        // The same session, and a link in place of an id.
        let known = file(&world, request, EvidenceRole::DocumentFront).await.id;
        let known = known.to_string();
        let mut bytes = URL_SAFE_NO_PAD.decode(&known[4..]).unwrap();
        bytes.truncate(16);
        bytes.extend_from_slice(b"https://files.example.org/f?key=1");
        format!("evd_{}", URL_SAFE_NO_PAD.encode(bytes))
            .parse()
            .unwrap()
    };
    let calls = world.vendor.calls("open_file");
    for file in [of_other, forged, address] {
        let actor = staff();
        let command = OpenEvidence {
            request,
            file,
            actor,
        };
        let error = world.engine.open_evidence(command).await.unwrap_err();
        assert!(matches!(error, CommandError::NoSuchEvidence), "{error}");
    }
    assert_eq!(world.vendor.calls("open_file"), calls, "nobody was asked");
    let gone = open(&world, request, EvidenceRole::DocumentBack).await;
    assert!(matches!(gone.unwrap_err(), CommandError::Erased));
    let fault = Fault::of_kind(&ErrorKind::NotFound, Effect::None).on("open_file");
    world.vendor.fail_next(fault);
    let gone = front(&world, request).await.unwrap_err();
    assert!(matches!(gone, CommandError::NoSuchEvidence), "{gone}");
    assert_eq!(looks(&world, request).await, []);
}

#[tokio::test]
async fn after_an_erasure_nothing_is_shown_or_opened_any_more() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (request, _) = decided(&world).await;
    let id = file(&world, request, EvidenceRole::DocumentFront).await.id;
    let erase = Erase {
        whom: Whom::SubjectOf(request),
        actor: staff(),
        idempotency_key: None,
    };
    world.engine.erase(erase).await.unwrap();
    let calls = world.vendor.all_calls();
    let command = OpenEvidence {
        request,
        file: id,
        actor: staff(),
    };
    let error = world.engine.open_evidence(command).await.unwrap_err();
    assert!(matches!(error, CommandError::Erased), "{error}");
    let listing = listed(&world.engine, request).await;
    assert!(listing.files.is_empty());
    assert_eq!(listing.gaps[0].reason, "the person was erased");
    assert_eq!(world.vendor.all_calls(), calls, "nobody was asked");
}

#[tokio::test]
async fn whoever_looks_must_have_a_name_that_can_be_kept() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let (request, _) = decided(&world).await;
    let file = file(&world, request, EvidenceRole::DocumentFront).await.id;
    let command = OpenEvidence {
        request,
        file,
        actor: Actor::Staff("ada@example.com".to_owned()),
    };
    let error = world.engine.open_evidence(command).await.unwrap_err();
    assert!(
        matches!(error, CommandError::InvalidInput { .. }),
        "{error}"
    );
}
