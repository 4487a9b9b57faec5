//! Verifies webhooks with `async-stripe-webhook`, as often as it is told to, and says how long that took.
//!
//! The first line it hears holds the deliveries; it answers what verifies each, or what is wrong. Each further line names
//! a delivery and how many times to verify it; it answers with the seconds.

use std::error::Error;
use std::hint::black_box;
use std::io::{self, BufRead as _};
use std::time::Instant;

use serde_json::{Value, json};
use stripe_webhook::{Event, Webhook, WebhookError};

const NAME: &str = "async-stripe-webhook 1.0.0-rc.10";

fn verify(delivery: &Value) -> Result<Event, WebhookError> {
    let text = |name: &str| delivery[name].as_str().unwrap_or_default();
    let at = delivery["at_unix_secs"].as_i64().unwrap_or_default();
    Webhook::construct_event_with_timestamp(text("body"), text("signature"), text("secret"), at)
}

fn prepared(delivery: &Value) -> Value {
    if delivery["vendor"] != "stripe" {
        return Value::Null;
    }
    match verify(delivery) {
        Ok(_) => json!({ "name": NAME }),
        Err(error) => json!({ "name": NAME, "error": error.to_string() }),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = io::stdin().lines();
    let first = lines.next().ok_or("nothing was said")??;
    let deliveries: Vec<Value> = serde_json::from_str(&first)?;
    let told: Vec<Value> = deliveries.iter().map(prepared).collect();
    println!("{}", Value::from(told));
    for line in lines {
        let heard: Value = serde_json::from_str(&line?)?;
        let which = usize::try_from(heard["which"].as_u64().ok_or("which?")?)?;
        let delivery = deliveries.get(which).ok_or("which?")?;
        let begun = Instant::now();
        for _ in 0..heard["times"].as_u64().ok_or("how often?")? {
            black_box(verify(black_box(delivery))?);
        }
        println!("{}", json!({ "secs": begun.elapsed().as_secs_f64() }));
    }
    Ok(())
}
