//! Redaction at capture: what goes in is forgotten, what comes out holds nobody.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::body::placeholder::placeholder;
use crate::body::{Form, Leaf, Visit, form, form_of, json, multipart};
use crate::classify::{Classifier, pointer};
use crate::headers;
use crate::lookup::Lookup;
use crate::message::{Delivery, Exchange, Message, Redacted};
use crate::place::{Part, Place, Refusal, Why};
use crate::replace::{Replacements, TestSecrets};
use crate::signing::TestKeys;
use crate::table::is_version;
use crate::vendor::Vendor;

/// Replaces what is personal and what is secret, in everything of one recording and always in the same way.
///
/// It holds originals in memory for as long as it lives, to find them where they do not belong. It shows nothing of them.
#[derive(Debug)]
pub struct Redactor {
    pub(crate) vendor: Vendor,
    pub(crate) replacements: Replacements,
    pub(crate) lookup: Lookup,
    /// Texts in which nothing was found, and how many values were looked for then.
    pub(crate) cleared: RefCell<(usize, HashSet<String>)>,
}

impl Redactor {
    /// For the traffic of this vendor. `keys` are what the recording signs with.
    ///
    /// # Errors
    /// [`Why::NoKey`] if the system gives no random numbers.
    pub fn new(vendor: Vendor, keys: &TestKeys) -> Result<Self, Refusal> {
        let replacements = Replacements::new(secrets(keys), vendor.table());
        let nowhere = Place::Body(Part::Request, Vec::new());
        let replacements = replacements.map_err(|_| nowhere.refused(Why::NoKey))?;
        Ok(Self::with(vendor, replacements))
    }

    /// The same with a key of the caller's own, for tests that are to come out the same twice. Who knows the key can try
    /// out which values the replacements stand for.
    #[must_use]
    pub fn seeded(vendor: Vendor, keys: &TestKeys, seed: [u8; 32]) -> Self {
        let replacements = Replacements::seeded(seed, secrets(keys), vendor.table());
        Self::with(vendor, replacements)
    }

    fn with(vendor: Vendor, replacements: Replacements) -> Self {
        Self {
            vendor,
            replacements,
            lookup: Lookup::new(vendor.table()),
            cleared: RefCell::default(),
        }
    }

    /// An exchange, redacted.
    ///
    /// # Errors
    /// [`Refusal`] if something in it is in no table, or if a replaced value is left anywhere. Nothing of it may then be
    /// kept.
    pub fn exchange(&mut self, exchange: &Exchange) -> Result<Redacted, Refusal> {
        let before = self.replacements.count();
        let (path, shape) = self.path(&exchange.path)?;
        let asked = form::pairs(exchange.query.as_bytes());
        let mut classifier = self.classifier(Part::Request, true);
        let query = form::replace(&asked, &mut classifier)?;
        let replaced_in_query = classifier.replaced;
        let request = self.message(
            Part::Request,
            &exchange.request_headers,
            Some(&exchange.request_body),
        )?;
        let response = self.message(
            Part::Response,
            &exchange.response_headers,
            exchange.response_body.as_ref(),
        )?;
        let mut redacted = Redacted {
            method: exchange.method.clone(),
            path,
            shape,
            query,
            replaced_in_query,
            request,
            status: exchange.status,
            response,
            replaced: self.replacements.count() - before,
        };
        self.look_again(&redacted)?;
        for message in [&mut redacted.request, &mut redacted.response] {
            self.without_leftovers(&mut message.dropped_headers);
        }
        Ok(redacted)
    }

    /// A webhook, redacted. Its signature is among the dropped headers: it proved other bytes.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange).
    pub fn webhook(&mut self, delivery: &Delivery) -> Result<Message, Refusal> {
        let mut message = self.message(Part::Webhook, &delivery.headers, Some(&delivery.body))?;
        // What a vendor's server says of itself when it calls says nothing about the call.
        message.headers.retain(|(name, _)| name == "content-type");
        self.look_at_message(Part::Webhook, &message)?;
        self.without_leftovers(&mut message.dropped_headers);
        Ok(message)
    }

    fn classifier(&mut self, part: Part, in_query: bool) -> Classifier<'_> {
        Classifier {
            lookup: &self.lookup,
            part,
            in_query,
            replacements: &mut self.replacements,
            replaced: Vec::new(),
            renamed: HashMap::new(),
        }
    }

    /// The path, and its shape.
    fn path(&mut self, path: &str) -> Result<(String, String), Refusal> {
        let segments: Vec<&str> = path.split('/').collect();
        let fits = |template: &&str| {
            let parts: Vec<&str> = template.split('/').collect();
            parts.len() == segments.len()
                && parts
                    .iter()
                    .zip(&segments)
                    .all(|(part, segment)| match *part {
                        "{version}" => is_version(segment),
                        part if part.starts_with('{') => !segment.is_empty(),
                        part => part == *segment,
                    })
        };
        // A path of plain words before one with placeholders: `/webhooks/resend` is no id.
        let fitting = self.vendor.table().paths.split_whitespace().filter(fits);
        let template = fitting.min_by_key(|template| template.matches('{').count());
        let Some(template) = template else {
            let known = segments.iter().take_while(|segment| {
                segment.is_empty()
                    || is_version(segment)
                    || self.vendor.table().is_path_word(segment)
            });
            let known: Vec<&str> = known.copied().collect();
            let segment = known.len().max(1);
            let place = Place::Path(segment, format!("{}/?", known.join("/")));
            return Err(place.refused(Why::Unclassified));
        };
        let parts = template
            .split('/')
            .zip(&segments)
            .map(|(part, segment)| match part {
                "{id}" => self.replacements.id(segment),
                _ => (*segment).to_owned(),
            });
        let parts: Vec<String> = parts.collect();
        let version = segments.get(1).copied().unwrap_or_default();
        Ok((parts.join("/"), template.replace("{version}", version)))
    }

    fn message(
        &mut self,
        part: Part,
        headers: &HeaderMap,
        body: Option<&Bytes>,
    ) -> Result<Message, Refusal> {
        let (headers, dropped_headers) = headers::replace(
            headers,
            part,
            self.vendor,
            &self.lookup,
            &mut self.replacements,
        )?;
        let content_type = headers.iter().find(|(name, _)| name == "content-type");
        let content_type = content_type.map(|(_, value)| value.clone());
        let mut message = Message {
            dropped_headers,
            ..Message::default()
        };
        match body {
            Some(body) if body.is_empty() => {}
            Some(body) => {
                let (body, replaced) = self.body(part, content_type.as_deref(), body)?;
                message.body = body;
                message.replaced = replaced;
            }
            None => message.body = placeholder(content_type.as_deref().unwrap_or_default()).into(),
        }
        message.headers = headers;
        Ok(message)
    }

    fn body(
        &mut self,
        part: Part,
        content_type: Option<&str>,
        body: &Bytes,
    ) -> Result<(Bytes, Vec<String>), Refusal> {
        let not_of_its_type = || Place::Body(part, Vec::new()).refused(Why::NotOfItsType);
        match form_of(content_type, body) {
            Form::Json => {
                let mut classifier = self.classifier(part, false);
                match json::rewrite(body, &mut classifier) {
                    Some(rewritten) => {
                        let replaced = classifier.replaced.clone();
                        rewritten.map(|body| (body.into(), replaced))
                    }
                    // A gateway's page under the wrong name, or an answer that was cut off.
                    None => Ok((self.text(body).ok_or_else(not_of_its_type)?, Vec::new())),
                }
            }
            Form::Entries => {
                let mut classifier = self.classifier(part, false);
                let pairs = form::replace(&form::pairs(body), &mut classifier)?;
                let replaced = classifier.replaced.clone();
                Ok((form::encoded(&pairs).into(), replaced))
            }
            Form::Multipart => self
                .multipart(part, body)
                .and_then(|found| found.ok_or_else(not_of_its_type)),
            Form::Text => Ok((self.text(body).ok_or_else(not_of_its_type)?, Vec::new())),
            Form::File => Ok((
                placeholder(content_type.unwrap_or_default()).into(),
                Vec::new(),
            )),
        }
    }

    fn text(&mut self, body: &Bytes) -> Option<Bytes> {
        let text = std::str::from_utf8(body).ok()?;
        Some(self.replacements.text(text).into())
    }

    fn multipart(
        &mut self,
        part: Part,
        body: &Bytes,
    ) -> Result<Option<(Bytes, Vec<String>)>, Refusal> {
        // The body begins with its boundary; the header's own was replaced already.
        let line = body.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let boundary = std::str::from_utf8(line)
            .ok()
            .and_then(|line| line.strip_prefix("--"));
        let Some(mut parts) = boundary.and_then(|boundary| multipart::parts(body, boundary)) else {
            return Ok(None);
        };
        let mut replaced = Vec::new();
        for item in &mut parts {
            let path = form::steps(&item.name);
            if form::is_too_deep(&item.name) {
                return Err(Place::Body(part, path).refused(Why::TooDeep));
            }
            if let Some(name) = &item.file_name {
                item.file_name = Some(self.replacements.file_name(name));
                item.content_type = item
                    .content_type
                    .take()
                    .map(|value| headers::plain_media_type(&value));
                // That the part may be there is for the table to say, too.
                self.classifier(part, false)
                    .leaf(&path, &Value::Null, &Leaf::Flag)?;
                replaced.push(pointer(&path));
                continue;
            }
            let Ok(text) = std::str::from_utf8(&item.content) else {
                return Err(Place::Body(part, path).refused(Why::NotOfItsType));
            };
            let mut classifier = self.classifier(part, false);
            let new = form::replace(&[(item.name.clone(), text.to_owned())], &mut classifier)?;
            replaced.append(&mut classifier.replaced);
            if let Some((name, value)) = new.into_iter().next() {
                item.name = name;
                item.content = value.into_bytes();
            }
            item.content_type = None;
        }
        Ok(Some((multipart::written(&parts).into(), replaced)))
    }
}

fn secrets(keys: &TestKeys) -> TestSecrets {
    TestSecrets {
        webhook: keys.webhook_secret().to_owned(),
        jwk: keys.jwk(),
    }
}
