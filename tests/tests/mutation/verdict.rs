//! Where each vendor's own verdict stands, written down a second time: the only places a pass may come from.
//!
//! A member that is there twice is no verdict, whether its first or its last value is the word: the three readers
//! refuse such an object whole, since another reader of the same bytes could take the other one.

use crate::tree::Tree;

/// Whether an object is a session that its vendor calls passed, or an event that holds one.
pub(crate) type Grants = fn(&Tree) -> bool;

pub(crate) fn stripe(tree: &Tree) -> bool {
    let is_passed_session = |tree: &Tree| {
        tree.says("object", "identity.verification_session") && tree.says("status", "verified")
    };
    if tree.says("object", "event") {
        // However the name of the event ends: the object it holds is what says how it is.
        let is_ours = tree
            .word("type")
            .is_some_and(|name| name.starts_with("identity.verification_session."));
        let carried = tree.member("data").and_then(|data| data.member("object"));
        return is_ours && carried.is_some_and(is_passed_session);
    }
    is_passed_session(tree)
}

pub(crate) fn onfido(tree: &Tree) -> bool {
    if let Some(payload) = tree.member("payload") {
        return onfido_event(payload);
    }
    let is_run =
        tree.member("workflow_id").is_some() || tree.member("workflow_version_id").is_some();
    is_run && tree.member("task_def_id").is_none() && tree.says("status", "approved")
}

/// The run in the event decides, and what the envelope says beside it must be the same.
fn onfido_event(payload: &Tree) -> bool {
    let action = payload
        .word("action")
        .or_else(|| payload.word("resource_type"));
    let about = action.map(|action| action.split('.').next().unwrap_or(action));
    if about != Some("workflow_run") {
        return false;
    }
    let is_object = |tree: &&Tree| matches!(tree, Tree::Object(_));
    let envelope = payload.member("object").filter(is_object);
    let shown = envelope.and_then(|object| object.word("status"));
    match payload.member("resource").filter(is_object) {
        Some(run) => run.says("status", "approved") && shown.is_none_or(|word| word == "approved"),
        None => false,
    }
}

/// No webhook of this vendor carries a verdict.
pub(crate) fn plaid(tree: &Tree) -> bool {
    let is_text = |name: &str| tree.word(name).is_some();
    let is_object = |name: &str| matches!(tree.member(name), Some(Tree::Object(_)));
    let is_attempt = is_object("steps") || is_object("template");
    let is_other = ["webhook_type", "webhook_code", "error_type", "error_code"]
        .into_iter()
        .any(is_text);
    is_attempt && !is_other && tree.says("status", "success")
}

/// Whether the element with this number, in one of the lists of a page, is granted a pass.
pub(crate) fn grants_item(grants: Grants, page: &Tree, index: usize) -> bool {
    let in_list = |tree: &Tree| match tree {
        Tree::List(list) => list.get(index).is_some_and(grants),
        _ => false,
    };
    match page {
        Tree::Object(members) => members.iter().any(|(_, value)| in_list(value)),
        _ => in_list(page),
    }
}
