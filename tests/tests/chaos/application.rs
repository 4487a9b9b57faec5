//! The application: one endpoint that takes every event and keeps what it says.

use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{BodyStream, Transport, TransportError};
use serde_json::Value;

/// Keeps what it is told.
#[derive(Debug, Default)]
pub(crate) struct Application {
    told: Mutex<Vec<Value>>,
}

impl Application {
    /// The types of the events, in order, without what is not about a request's way.
    pub(crate) fn told(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let kinds = told.iter().map(|event| event["type"].as_str().unwrap());
        kinds.map(str::to_owned).collect()
    }

    /// The status the last event told of.
    pub(crate) fn last_status(&self) -> Option<String> {
        let told = self.told.lock().unwrap();
        let statuses = told
            .iter()
            .rev()
            .filter_map(|event| event["data"]["status"].as_str());
        statuses.map(str::to_owned).next()
    }
}

#[async_trait]
impl Transport for Application {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let event = serde_json::from_slice(request.body()).unwrap();
        self.told.lock().unwrap().push(event);
        Ok(Response::new(Bytes::new()))
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}
