//! The members that the providers read of a webhook, as plainly as serde reads them.
#![allow(dead_code, reason = "they are read, and that is all")]

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

type Text<'a> = Option<Cow<'a, str>>;

/// Declares structs whose members may all be absent.
macro_rules! objects {
    ($( $name:ident { $( $(#[$meta:meta])* $member:ident: $type:ty ),+ $(,)? } )+) => { $(
        #[derive(Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name<'a> {
            $( $(#[$meta])* $member: $type, )+
            #[serde(skip)]
            lifetime: std::marker::PhantomData<&'a ()>,
        }
    )+ };
}

objects! {
    StripeEvent {
        #[serde(borrow)] object: Text<'a>,
        #[serde(borrow, rename = "type")] event_type: Text<'a>,
        #[serde(borrow)] account: Text<'a>,
        created: Option<i64>,
        livemode: Option<bool>,
        #[serde(borrow)] data: Option<StripeData<'a>>,
        #[serde(borrow)] related_object: Option<StripeRelated<'a>>,
    }
    StripeData {
        #[serde(borrow)] object: Option<Box<StripeSession<'a>>>,
    }
    StripeRelated {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow, rename = "type")] object_type: Text<'a>,
    }
    StripeSession {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] object: Text<'a>,
        #[serde(borrow)] client_reference_id: Text<'a>,
        #[serde(borrow)] client_secret: Text<'a>,
        created: Option<i64>,
        #[serde(borrow)] last_error: Option<StripeFailure<'a>>,
        #[serde(borrow)] last_verification_report: Text<'a>,
        livemode: Option<bool>,
        #[serde(borrow)] metadata: Option<StripeMetadata<'a>>,
        options: Option<Map<String, Value>>,
        #[serde(borrow)] redaction: Option<StripeRedaction<'a>>,
        #[serde(borrow)] related_customer: Text<'a>,
        #[serde(borrow)] related_customer_account: Text<'a>,
        #[serde(borrow)] status: Text<'a>,
        #[serde(borrow, rename = "type")] session_type: Text<'a>,
        #[serde(borrow)] url: Text<'a>,
        #[serde(borrow)] verification_flow: Text<'a>,
    }
    StripeFailure {
        #[serde(borrow)] code: Text<'a>,
        #[serde(borrow)] reason: Text<'a>,
    }
    StripeMetadata {
        #[serde(borrow)] idv_request_id: Text<'a>,
        #[serde(borrow)] idv_intent: Text<'a>,
    }
    StripeRedaction {
        #[serde(borrow)] status: Text<'a>,
    }
    OnfidoEvent {
        #[serde(borrow)] payload: Option<OnfidoPayload<'a>>,
    }
    OnfidoPayload {
        #[serde(borrow)] resource_type: Text<'a>,
        #[serde(borrow)] action: Text<'a>,
        #[serde(borrow)] object: Option<OnfidoOccurrence<'a>>,
        #[serde(borrow)] resource: Option<OnfidoRun<'a>>,
    }
    OnfidoOccurrence {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] status: Text<'a>,
        #[serde(borrow)] workflow_run_id: Text<'a>,
        #[serde(borrow)] task_def_id: Text<'a>,
        #[serde(borrow)] started_at_iso8601: Text<'a>,
        #[serde(borrow)] completed_at_iso8601: Text<'a>,
    }
    OnfidoRun {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] created_at: Text<'a>,
        #[serde(borrow)] updated_at: Text<'a>,
        #[serde(borrow)] applicant_id: Text<'a>,
        #[serde(borrow)] workflow_id: Text<'a>,
        workflow_version_id: Option<i64>,
        #[serde(borrow)] status: Text<'a>,
        #[serde(borrow)] reasons: Vec<Cow<'a, str>>,
        #[serde(borrow)] error: Option<OnfidoError<'a>>,
        #[serde(borrow)] tags: Vec<Cow<'a, str>>,
        #[serde(borrow)] customer_user_id: Text<'a>,
        #[serde(borrow)] sdk_token: Text<'a>,
        #[serde(borrow)] link: Option<OnfidoLink<'a>>,
        #[serde(borrow)] workflow_run_id: Text<'a>,
        #[serde(borrow)] task_def_id: Text<'a>,
    }
    OnfidoError {
        #[serde(borrow, rename = "type")] error_type: Text<'a>,
    }
    OnfidoLink {
        #[serde(borrow)] url: Text<'a>,
        #[serde(borrow)] expires_at: Text<'a>,
    }
    PlaidEvent {
        #[serde(borrow)] webhook_type: Text<'a>,
        #[serde(borrow)] webhook_code: Text<'a>,
        #[serde(borrow)] identity_verification_id: Text<'a>,
        #[serde(borrow)] environment: Text<'a>,
    }
}
