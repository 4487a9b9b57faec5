//! The cases, one file a matter.

mod bypass;
mod cancel;
mod company;
mod delivering;
mod endpoints;
mod evidence;
mod idempotency;
mod import;
mod inbox;
mod limits;
mod missed_events;
mod payloads;
mod polling;
mod quiet;
mod recreate;
mod refresh;
mod remap;
mod remind;
mod reopening;
mod replicas;
mod requests;
mod reuse;
mod review;
mod set_aside;
mod starts;
mod stream;
mod table;
mod troubled;
mod update;
mod vendor_down;
mod webhooks;

use idv_core::{
    Actor, Name, Person, PersonRecord, Pii, Provenance, RequestId, Sourced, SubjectRef,
};
use idv_engine::{GetOrRequest, IdempotencyKey, RequestView};

use crate::world::World;

/// A member of the application's staff.
fn staff() -> Actor {
    Actor::Staff("staff-7".to_owned())
}

fn api_key() -> Actor {
    Actor::ApiKey("test".to_owned())
}

fn words(text: &str) -> Pii<String> {
    Pii::new(text.to_owned())
}

fn key(key: &str) -> Option<IdempotencyKey> {
    Some(IdempotencyKey {
        scope: "test".to_owned(),
        key: key.to_owned(),
    })
}

fn asking(subject: &str) -> GetOrRequest {
    GetOrRequest::new(SubjectRef::new(subject), api_key())
}

/// A person with a name and an address to write to.
fn ada() -> Person {
    let mut name = Name::default();
    name.given_name = Some("Ada".to_owned());
    let mut record = PersonRecord::default();
    record.names = vec![Sourced::present(name, Provenance::Claimed)];
    record.emails = vec![Sourced::present(
        "ada@example.com".to_owned(),
        Provenance::Claimed,
    )];
    record.language = Some("fr".to_owned());
    Person::new(record)
}

async fn view(world: &World, request: RequestId) -> RequestView {
    world.engine.request(request).await.unwrap().unwrap()
}
