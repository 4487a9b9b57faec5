//! One marked person goes through every command, on both stores. The mark comes out nowhere; and once the person was
//! erased, neither does their key.
//!
//! The vendor is the engine's own fake, and not a simulated one: it can be made to hand out the mark in every answer, whole
//! and breaking off.
#![cfg(test)]

mod searched;
mod world;

use idv_core::bytes::Bytes;
use idv_core::{AccountId, Actor, Pii, Purpose, RequestId, Status, SubjectRef};
use idv_engine::crypt::{KeyRing, KeyRingError, MasterKey, MasterKeys};
use idv_engine::{
    Bypass, Cancel, CancelAndRecreate, CancelBySession, Erase, GetOrRequest, OpenEvidence,
    OpenedEvidence, Refresh, Remind, RequestQuery, ResolveReview, Update, VendorErasure, Whom,
};
use idv_testkit::fake::{FakeContent, FakeEnd, FakeState};
use searched::{Searched, logs, postgres, sqlite};
use world::{ACCOUNT, MARK, ORGANIZATION, READ_OFF, World, key, marked, of_subject, person, staff};

impl World {
    /// Every command there is, about persons that are marked all over.
    async fn go_through_everything(&self) -> Vec<RequestId> {
        // Create, correct, look, remind; then fail, begin anew, and be granted a pass.
        let (first, session) = self.ask_for(1).await;
        let mut update = Update::new(first, staff());
        update.person = Some(person());
        update.idempotency_key = key(11);
        self.engine.update(update).await.unwrap();
        let refresh = Refresh {
            request: first,
            actor: staff(),
        };
        self.engine.refresh(refresh).await.unwrap();
        let remind = Remind {
            request: first,
            actor: staff(),
            idempotency_key: key(12),
        };
        self.engine.remind(remind).await.unwrap();
        self.engine.settle().await;
        self.hear_of(&session, FakeState::Declined).await;
        self.look_at_a_file(first).await;
        let anew = CancelAndRecreate {
            request: first,
            actor: staff(),
            comment: marked("shall try again"),
            again: idv_core::RetryScope::Everything,
            idempotency_key: key(13),
        };
        let anew = self.engine.cancel_and_recreate(anew).await.unwrap();
        let second = anew.request.request.id;
        self.engine.settle().await;
        let bypass = Bypass {
            request: second,
            actor: staff(),
            comment: marked("is known to us"),
            idempotency_key: key(14),
        };
        self.engine.bypass(bypass).await.unwrap();
        assert_eq!(self.status(second).await, Status::Passed);

        // Be reviewed by us.
        let (reviewed, session) = self.ask_for(2).await;
        self.hear_of(&session, FakeState::ReviewByClient).await;
        let resolve = ResolveReview {
            request: reviewed,
            actor: staff(),
            passed: true,
            comment: marked("looks fine"),
            idempotency_key: key(21),
        };
        self.engine.resolve_review(resolve).await.unwrap();
        assert_eq!(self.status(reviewed).await, Status::Passed);

        // Be withdrawn, by request and by session.
        let (withdrawn, _) = self.ask_for(3).await;
        let cancel = Cancel {
            request: withdrawn,
            actor: staff(),
            reason: marked("has left"),
            idempotency_key: key(31),
        };
        self.engine.cancel(cancel).await.unwrap();
        let (by_session, session) = self.ask_for(4).await;
        let mut unit = self.store.begin().await.unwrap();
        let cancel = CancelBySession {
            account: AccountId::from(ACCOUNT),
            session,
            actor: staff(),
            reason: marked("has left too"),
        };
        let done = self
            .engine
            .cancel_by_session(unit.as_unit_of_work(), cancel)
            .await;
        done.unwrap();
        unit.commit().await.unwrap();
        self.engine.settle().await;
        vec![first, second, reviewed, withdrawn, by_session]
    }

    /// A file that shows the person is passed on: whole, and breaking off.
    async fn look_at_a_file(&self, request: RequestId) {
        let listing = self.engine.evidence(request).await.unwrap().unwrap();
        for end in [FakeEnd::Whole, FakeEnd::Broken] {
            let mut picture = FakeContent::whole([Bytes::from(format!("a picture of {MARK}"))]);
            picture.end = end;
            self.vendor.serve(picture);
            let open = OpenEvidence {
                request,
                file: listing.files[0].id.clone(),
                actor: staff(),
            };
            let opened = self.engine.open_evidence(open).await.unwrap();
            assert!(!format!("{opened:?}").contains(MARK));
            let OpenedEvidence::Ready(mut file) = opened else {
                panic!("{opened:?}");
            };
            let piece = file.body.next_piece().await.unwrap().unwrap();
            assert!(String::from_utf8_lossy(&piece).contains(MARK));
            let last = file.body.next_piece().await;
            assert_eq!(last.is_some(), end == FakeEnd::Broken);
        }
    }

    /// What is refused, and what cannot be read.
    async fn spoil(&self, request: RequestId) {
        for name in [format!("{MARK} Doe"), format!("{MARK}@example.org")] {
            let cancel = Cancel {
                request,
                actor: Actor::Staff(name),
                reason: marked("has left"),
                idempotency_key: None,
            };
            self.refused(self.engine.cancel(cancel).await);
        }
        let bypass = Bypass {
            request,
            actor: staff(),
            comment: Pii::new(MARK.repeat(1000)),
            idempotency_key: None,
        };
        self.refused(self.engine.bypass(bypass).await);
        let subject = SubjectRef::new(MARK.repeat(100));
        let command = GetOrRequest::new(subject, staff());
        self.refused(self.engine.get_or_request(command).await);
        let reference = SubjectRef::new(format!("{MARK} is unknown"));
        self.refused(self.engine.erase(of_subject(reference)).await);
        for body in [
            format!("{{\"object\":\"event\",\"{MARK}\":\"{MARK}\"}}"),
            format!("{{\"object\":\"{MARK}\",\"id\":\"{MARK}\"}}"),
            MARK.to_owned(),
        ] {
            self.deliver(self.vendor.signed(body)).await;
        }
    }
}

async fn a_marked_person_leaves_no_mark(searched: Searched) {
    let world = World::over(searched.store.clone()).await;
    let requests = world.go_through_everything().await;
    world.spoil(requests[0]).await;

    // They did go through: the engine gives them back, and the mails went to them.
    let all = RequestQuery {
        limit: 100,
        ..RequestQuery::default()
    };
    let views = world.engine.requests(all.clone()).await.unwrap().rows;
    assert_eq!(views.len(), requests.len());
    for view in &views {
        let record = view.request.person.expose(Purpose::Test);
        let email = record.emails[0].value.as_present().unwrap();
        assert!(email.contains(MARK));
    }
    let cancelled = views.iter().filter_map(|v| v.request.cancellation.as_ref());
    assert_eq!(cancelled.count(), 3);
    let mails = world.post.0.lock().unwrap().len();
    assert_eq!(mails, 2, "a reminder, and one about beginning anew");

    searched.holds_no(&[MARK, READ_OFF]);
    assert!(
        searched.has(ORGANIZATION.as_bytes()),
        "the search finds things"
    );
    let refusals = world.refusals.lock().unwrap().clone();
    assert!(refusals.lines().count() >= 5 && !refusals.contains(MARK));
    assert!(!format!("{views:?} {:?}", world.engine).contains(MARK));

    // Erased, neither the mark nor the key is left, and the decisions are.
    for request in &requests {
        if let Some(wrapped) = world.wrapped_key(*request).await {
            assert!(searched.has(&wrapped), "the search finds keys");
            let erase = Erase {
                whom: Whom::SubjectOf(*request),
                actor: staff(),
                idempotency_key: None,
            };
            world.engine.erase(erase).await.unwrap();
            assert!(!searched.has(&wrapped), "a destroyed key is left");
        }
    }
    world.engine.settle().await;
    for view in world.engine.requests(all).await.unwrap().rows {
        assert!(view.erased_at.is_some());
        assert_eq!(view.request.subject, SubjectRef::new("[redacted]"));
        assert!(view.request.person.expose(Purpose::Test).is_empty());
        assert!(view.request.state.status.is_final());
    }
    searched.holds_no(&[MARK, READ_OFF]);

    let logs = logs();
    assert!(!logs.contains(MARK) && !logs.contains(READ_OFF));
    for told in ["a person was erased", "\"DEBUG\"", "\"WARN\""] {
        assert!(logs.contains(told), "{told} is in the logs");
    }
}

async fn what_a_vendor_said_about_an_erasure_names_nobody(searched: Searched) {
    let world = World::over(searched.store.clone()).await;
    let (request, session) = world.ask_for(5).await;
    world.hear_of(&session, FakeState::Approved).await;
    let subject = SubjectRef::new(format!("{MARK}-5@example.org"));
    let erasure = world.engine.erase(of_subject(subject)).await.unwrap();
    world.engine.settle().await;
    let receipt = world.engine.erasure(erasure.receipt.id).await.unwrap();
    let receipt = receipt.unwrap();
    assert_eq!(receipt.sessions[0].vendor, VendorErasure::Confirmed);
    assert!(!format!("{receipt:?}").contains(MARK));
    world.deliver(world.vendor.webhook(&session)).await;
    assert_eq!(world.status(request).await, Status::Passed);
    searched.holds_no(&[MARK, READ_OFF]);
}

async fn a_replaced_master_key_opens_nothing_and_its_wrappings_are_left_nowhere(
    searched: Searched,
) {
    let store = searched.store.clone();
    let (old, new) = (
        MasterKey::generate().unwrap(),
        MasterKey::generate().unwrap(),
    );
    let before = World::with_keys(store.clone(), old.clone()).await;
    let (first, _) = before.ask_for(6).await;
    let wrapped = before.wrapped_key(first).await.unwrap();
    assert!(searched.has(&wrapped), "the search finds keys");

    let both = MasterKeys {
        current: new.clone(),
        earlier: vec![old.clone()],
    };
    let serving = before.again_with_keys(both.clone()).await;
    let ring = KeyRing::open(&*store, both).await.unwrap();
    // Whoever is new meanwhile is wrapped by the new key at once.
    let (rotated, (second, _)) = tokio::join!(ring.rotate(&*store, |_| {}), serving.ask_for(7));
    let rotated = rotated.unwrap();
    assert_eq!(
        rotated.rewrapped, 2,
        "the account's, and the first person's"
    );
    assert!(rotated.index_rewrapped && rotated.scrubbed);
    assert!(!searched.has(&wrapped), "an earlier wrapping is left");
    let refused = KeyRing::open(&*store, old).await;
    assert!(matches!(refused, Err(KeyRingError::WrongMasterKey)));
    let after = before.again_with_keys(new).await;
    for request in [first, second] {
        let view = after.engine.request(request).await.unwrap().unwrap();
        let record = view.request.person.expose(Purpose::Test);
        assert_eq!(record.names.len(), 1);
    }
}

idv_testkit::on_every_store! {
    sqlite: super::sqlite();
    postgres: super::postgres();
    a_marked_person_leaves_no_mark
    what_a_vendor_said_about_an_erasure_names_nobody
    a_replaced_master_key_opens_nothing_and_its_wrappings_are_left_nowhere
}
