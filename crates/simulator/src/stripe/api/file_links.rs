//! `/v1/file_links`.

use serde_json::{Map, Value};

use super::sessions::change_entries;
use super::{Call, files};
use crate::stripe::accepted::{EXPAND, Kind, METADATA, Param, TEXT};
use crate::stripe::account::{ACCOUNT_ID, State};
use crate::stripe::file::{File, FileLink, LINK_FOR_SECS, LINKABLE};
use crate::stripe::refusal::Refusal;
use crate::stripe::shelf::is_within;

pub(super) const CREATE: &[Param] = &[
    EXPAND,
    Param::new("expires_at", Kind::Times),
    Param::new("file", TEXT).required(),
    METADATA,
];
pub(super) const UPDATE: &[Param] = &[
    EXPAND,
    Param::new("expires_at", Kind::TimeOrNow).or_unset(),
    METADATA,
];
pub(super) const LIST: &[Param] = &[
    Param::new("created", Kind::Times),
    Param::new("expired", Kind::Flag),
    Param::new("file", TEXT),
];

const WHAT: &str = "file link";

fn shown(state: &State, call: &Call<'_>, link: &FileLink) -> Value {
    let now = call.now_unix_secs();
    let file = state
        .files
        .get(&link.file)
        .filter(|_| call.expansions.wants("file"));
    let file = file.map_or_else(
        || link.file.as_str().into(),
        |file| state.shown_file(file, now),
    );
    link.object(state.files_base_url(), &file, now)
}

/// The time at which a link to this file is to expire. A picture of a person is linked to for a moment only.
fn expiry(file: &File, asked: Option<i64>, now_unix_secs: i64) -> Result<Option<i64>, Refusal> {
    let refused = |message: String| Refusal::of_param("expires_at", None, message);
    if file.session().is_some() {
        let latest = now_unix_secs.saturating_add(LINK_FOR_SECS);
        if asked.is_none_or(|at| at > latest) {
            return Err(refused(format!(
                "Links to files of purpose `{}` must have an `expires_at` that is at most {LINK_FOR_SECS} seconds in the future.",
                file.purpose
            )));
        }
    }
    if asked.is_some_and(|at| at < now_unix_secs) {
        return Err(refused("`expires_at` must be in the future.".to_owned()));
    }
    Ok(asked)
}

/// Whether the key may see the picture: as long as the rest of what is sensitive.
fn check_picture(call: &Call<'_>, file: &File) -> Result<(), Refusal> {
    if file.session().is_none() {
        return Ok(());
    }
    let age_secs = call.now_unix_secs().saturating_sub(file.created_unix_secs);
    call.key.check_sensitive(age_secs, ACCOUNT_ID)
}

pub(super) fn create(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let id = call.params.set("file").unwrap_or_default();
    let file = state.files.get(id);
    let file = file.ok_or_else(|| Refusal::no_such_given(files::WHAT, id, "file"))?;
    if !LINKABLE.contains(&file.purpose.as_str()) {
        let message = format!(
            "Links cannot be made to files of purpose `{}`.",
            file.purpose
        );
        return Err(Refusal::of_param("file", None, message));
    }
    check_picture(call, file)?;
    let expires_at_unix_secs = expiry(file, call.params.whole("expires_at"), call.now_unix_secs())?;
    let mut metadata = Map::new();
    change_entries(&mut metadata, &call.params)?;
    let file = file.id.clone();
    let link = FileLink {
        id: state.maker.id("link_1", 23),
        created_unix_secs: call.now_unix_secs(),
        file,
        expires_at_unix_secs,
        metadata,
        livemode: call.is_live,
        token: state.maker.id("MDB8YWNjdF8", 60),
    };
    let object = shown(state, call, &link);
    state.file_links.put(link.id.clone(), link);
    Ok(object)
}

fn no_such(id: &str) -> Refusal {
    Refusal::no_such(WHAT, id, "link")
}

pub(super) fn retrieve(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let link = state.file_links.get(id).ok_or_else(|| no_such(id))?;
    Ok(shown(state, call, link))
}

pub(super) fn update(state: &mut State, call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let (params, now) = (&call.params, call.now_unix_secs());
    let mut link = state.file_links.get(id).ok_or_else(|| no_such(id))?.clone();
    if let Some(asked) = params.text("expires_at") {
        if link.is_expired(now) {
            return Err(Refusal::of_param(
                "expires_at",
                None,
                "This link has already expired.",
            ));
        }
        let asked = if asked == "now" {
            Some(now)
        } else {
            params.whole("expires_at")
        };
        if let Some(file) = state.files.get(&link.file) {
            expiry(file, asked, now)?;
            // To make it last is as much as to make another one.
            let is_shorter = asked.is_some_and(|at| Some(at) <= link.expires_at_unix_secs);
            if !is_shorter {
                check_picture(call, file)?;
            }
        }
        link.expires_at_unix_secs = asked;
    }
    change_entries(&mut link.metadata, params)?;
    let object = shown(state, call, &link);
    state.file_links.put(id, link);
    Ok(object)
}

pub(super) fn list(state: &mut State, call: &Call<'_>, _: &str) -> Result<Value, Refusal> {
    let (params, now) = (&call.params, call.now_unix_secs());
    let page = state.file_links.page(WHAT, params, |link| {
        params.text("file").is_none_or(|file| link.file == file)
            && params
                .flag("expired")
                .is_none_or(|expired| link.is_expired(now) == expired)
            && is_within(params, link.created_unix_secs)
    })?;
    Ok(page.shown("/v1/file_links", |link| shown(state, call, link)))
}
