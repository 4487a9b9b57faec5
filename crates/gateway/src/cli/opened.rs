//! The engine over the configured database, for a command that does one thing and ends. It works beside a server.

use idv_engine::{EndpointError, Engine, QueryError};
use serde::Serialize;

use super::{ConfigFile, Failure};
use crate::gateway::{Gateway, reasons};
use crate::terminal;

/// Opens the engine, has something done with it, and lets the database go.
pub(super) async fn with_engine<T>(
    config: &ConfigFile,
    what: impl AsyncFnOnce(&Engine) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let gateway = Gateway::open(config.load()?.settings).await?;
    let done = what(gateway.engine()).await;
    gateway.close().await;
    done
}

/// A question that could not be answered.
pub(super) fn unanswered(error: &QueryError) -> Failure {
    Failure::failed(reasons(error))
}

/// What was not done about an endpoint.
pub(super) fn refused(error: &EndpointError) -> Failure {
    match error {
        EndpointError::NotFound => {
            Failure::usage("there is no such endpoint: `idv endpoint list` shows those there are")
        }
        EndpointError::UnknownEvent => Failure::usage(
            "there is no such event on its way to this endpoint: `idv endpoint deliveries <endpoint>` shows those \
             there are",
        ),
        EndpointError::NotEnabled { .. } => Failure::usage(format!(
            "{error}: `idv endpoint update <endpoint> --enable` does that"
        )),
        EndpointError::TooManySecrets { .. } => {
            Failure::usage(format!("{error} (`--overlap-secs 0`)"))
        }
        EndpointError::Invalid { field, problem } => {
            let option = match *field {
                "headers" => "header".to_owned(),
                "secret" => "secret-file".to_owned(),
                "from" => "after".to_owned(),
                field => field.replace('_', "-"),
            };
            Failure::usage(format!("--{option}: {problem}"))
        }
        error => Failure::failed(reasons(error)),
    }
}

/// Prints one line of JSON.
pub(crate) fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value)
        .map_err(|_| Failure::failed("the answer could not be written as JSON"))?;
    terminal::say(&line);
    Ok(())
}
