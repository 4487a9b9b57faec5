//! `POST /v1/endpoints`: makes an endpoint, and shows its secret this once.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use idv_engine::NewEndpoint;
use utoipa::ToSchema;

use super::super::command::Command;
use super::super::events::view::EventType;
use super::failure;
use super::input::{self, Input};
use super::view::{EndpointJson, WithSecretJson};
use crate::openapi::{WITH_A_BODY, WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Operator;

/// An endpoint to make.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!(super::example::new_endpoint())))]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct NewEndpointInput {
    /// Where events are posted to. https, and no private address, unless the configuration allows others.
    #[schema(min_length = 1, max_length = 2048)]
    url: String,
    /// What to call it.
    #[schema(min_length = 1, max_length = 200)]
    description: Option<String>,
    /// Only these types of event; without it, or with none in the list, all of them.
    #[schema(max_items = 100, value_type = Option<Vec<EventType>>)]
    types: Option<Vec<String>>,
    /// How much it is told. Without it `thin`: ids, status and reasons. `full`: the whole request too.
    #[schema(inline)]
    payload: Option<PayloadWord>,
    /// At most so many deliveries per second; 0 or without it no limit.
    #[schema(minimum = 0, maximum = 10000)]
    rate_per_sec: Option<u32>,
    /// Headers to send along, name and value.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    headers: Option<()>,
    /// A secret of your own, `whsec_` and the base64 of 24 to 64 bytes; without it one is made.
    #[schema(pattern = "^whsec_[A-Za-z0-9+/]{32,88}={0,2}$")]
    secret: Option<String>,
    /// Begin after this cursor of the feed, or at the `beginning`; without it with what happens from now on.
    #[schema(pattern = "^[A-Za-z0-9_-]+$")]
    after: Option<String>,
}

/// How much an endpoint is told.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes words that are read by hand")]
pub(super) enum PayloadWord {
    Thin,
    Full,
}

problems!(Problems = WITH_A_KEY, WITH_A_BODY, &[Kind::InvalidInput]);

/// Make an endpoint
///
/// Events are posted to it as Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature` with the
/// secret of this answer, which is not shown again. They come at least once, those of one request in order, and are
/// sent again until the endpoint answers with 2xx.
#[utoipa::path(
    post,
    path = "/v1/endpoints",
    operation_id = "create_endpoint",
    tag = "endpoints",
    request_body = NewEndpointInput,
    responses(
        (status = 201, description = "It was made.", body = WithSecretJson<'static>,
            headers(("Location" = String, description = "The path of the endpoint."))),
        Problems
    ),
    security(("api_key" = ["operate"]))
)]
pub(in crate::routes) async fn post(
    State(api): State<Api>,
    Operator(_): Operator,
    mut command: Command,
) -> Result<Response, Problem> {
    let Command { fields, errors, .. } = &mut command;
    let input = Input::read(fields, errors);
    if input.url.is_none() {
        fields.missing("url", errors);
    }
    let secret = input::secret(fields, errors);
    let from = input::after(fields, errors);
    let new = input.url.map(|url| NewEndpoint {
        url,
        description: input.description.unwrap_or_default(),
        kinds: input.kinds.unwrap_or_default(),
        payload: input.payload.unwrap_or_default(),
        rate_per_sec: input.rate_per_sec.filter(|rate| *rate > 0),
        headers: input.headers.unwrap_or_default(),
        secret,
        from,
    });
    let new = command.finish(new)?;
    let made = api.engine.create_endpoint(new).await;
    let (view, secret) = made.map_err(|error| failure::of_endpoint(&error))?;
    let shown = secret.expose();
    let json = Json(WithSecretJson {
        endpoint: EndpointJson::of(&view),
        secret: shown.expose(),
    });
    let mut response = (StatusCode::CREATED, json).into_response();
    if let Ok(location) = HeaderValue::try_from(format!("/v1/endpoints/{}", view.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
