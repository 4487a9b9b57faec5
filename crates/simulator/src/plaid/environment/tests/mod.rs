//! The environment, asked as the vendor is asked.

mod answers;
mod dashboard;
mod life;
mod pages;
mod refusals;
mod retries;

use bytes::Bytes;
use http::{Request, Response};
use idv_core::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::Vendor;
use crate::plaid::{Step, person};
use crate::scenario::Action;

const NOW: Timestamp = Timestamp::from_unix_secs(1_795_176_000);

fn after(secs: u64) -> Timestamp {
    NOW.plus(std::time::Duration::from_secs(secs))
}

/// A sandbox with one receiver.
fn world() -> Environment {
    let world = Environment::simulated();
    Vendor::add_endpoint(&world, "http://receiver/");
    world
}

/// Asks with credentials in the headers: the status, and the answer.
fn ask_at(world: &Environment, path: &str, body: &Value, now: Timestamp) -> (u16, Value) {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("plaid-version", "2020-09-14")
        .header("PLAID-CLIENT-ID", Environment::CLIENT_ID)
        .header("PLAID-SECRET", Environment::SECRET)
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let response = Vendor::answer(world, &request, now);
    let body = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), body)
}

fn ask(world: &Environment, path: &str, body: &Value) -> (u16, Value) {
    ask_at(world, path, body, NOW)
}

/// Asks for what is given.
fn get(world: &Environment, path: &str, body: &Value) -> Value {
    let (status, answer) = ask(world, path, body);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn browse(world: &Environment, address: &str, now: Timestamp) -> Response<Bytes> {
    let request = Request::get(address).body(Bytes::new()).unwrap();
    Vendor::answer(world, &request, now)
}

const CREATE: &str = "/identity_verification/create";
const GET: &str = "/identity_verification/get";
const LIST: &str = "/identity_verification/list";
const RETRY: &str = "/identity_verification/retry";

/// What creates an attempt of a person with the template that asks for everything.
fn wanted(client_user_id: &str) -> Value {
    json!({
        "client_user_id": client_user_id,
        "gave_consent": false,
        "is_shareable": true,
        "template_id": Template::FULL,
    })
}

/// Creates it: its id.
fn create(world: &Environment, client_user_id: &str) -> String {
    let answer = get(world, CREATE, &wanted(client_user_id));
    answer["id"].as_str().unwrap().to_owned()
}

fn read(world: &Environment, id: &str) -> Value {
    get(world, GET, &json!({ "identity_verification_id": id }))
}

/// Leslie Knope as an application gives her.
fn leslie() -> Value {
    let mut her = Value::Object(person::leslie_knope());
    her["address"].as_object_mut().unwrap().remove("street2");
    her
}

fn play(world: &Environment, id: &str, action: &Action) {
    Vendor::play(world, id, action, NOW).unwrap();
}

/// The codes of the webhooks since this was last asked.
fn told(world: &Environment) -> Vec<String> {
    let outgoing = Vendor::take_outgoing(world).into_iter();
    outgoing.map(|outgoing| outgoing.event).collect()
}
