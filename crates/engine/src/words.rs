//! The words of our own observations, as the timeline shows them.

/// A request was made by the application.
pub const REQUEST_CREATED: &str = "request_created";
/// A request was made because a vendor told us of a session.
pub const REQUEST_ADOPTED: &str = "request_adopted";
/// The application asked again while the request was open.
pub const REQUEST_REUSED: &str = "request_reused";
/// The vendor made a session for us.
pub const SESSION_STARTED: &str = "session_started";
/// The vendor refused to make a session for us.
pub const SESSION_REFUSED: &str = "session_refused";
/// We read the session at the vendor.
pub const SESSION_FETCHED: &str = "session_fetched";
/// We read the session at the vendor, because nothing had been heard of it for too long.
pub const SESSION_POLLED: &str = "session_polled";
/// We read the session in the vendor's list, on the way through all that it holds.
pub const SESSION_IMPORTED: &str = "session_imported";
/// An import made the request, or added a session to it.
pub const HISTORY_IMPORTED: &str = "history_imported";
/// The vendor changed the session as we asked.
pub const SESSION_UPDATED: &str = "session_updated";
/// The vendor has no such session.
pub const SESSION_MISSING: &str = "session_missing";
/// The subject was given a fresh link.
pub const LINK_RENEWED: &str = "link_renewed";
/// A session could not be started in all the tries there are.
pub const SESSION_GIVEN_UP: &str = "session_given_up";
/// The request was made anew after one that failed.
pub const REQUEST_RECREATED: &str = "request_recreated";
/// The request was withdrawn.
pub const REQUEST_CANCELLED: &str = "request_cancelled";
/// A person granted the pass.
pub const REQUEST_BYPASSED: &str = "request_bypassed";
/// A person of ours decided a review.
pub const REVIEW_RESOLVED: &str = "review_resolved";
/// The application corrected what it had said.
pub const REQUEST_UPDATED: &str = "request_updated";
/// The subject was reminded.
pub const SUBJECT_REMINDED: &str = "subject_reminded";
/// Somebody wanted to know how the vendor sees it.
pub const REFRESH_REQUESTED: &str = "refresh_requested";
/// A rule of ours ended the request.
pub const POLICY_ENDED: &str = "policy_ended";
/// A session that ended for a technical reason was replaced by another one.
pub const SESSION_RESTARTED: &str = "session_restarted";
/// The session was withdrawn before the vendor was asked to make it.
pub const SESSION_WITHDRAWN: &str = "session_withdrawn";
/// What is known of the person was erased here.
pub const SUBJECT_ERASED: &str = "subject_erased";
/// The vendor was asked to erase what it knows of the person, and has answered.
pub const REDACTION_REQUESTED: &str = "redaction_requested";
/// The vendor did not erase what it knows of the person, or did not confirm it in all the tries there are.
pub const REDACTION_FAILED: &str = "redaction_failed";
/// Somebody was handed a file that a vendor holds.
pub const EVIDENCE_OPENED: &str = "evidence_opened";
/// An earlier observation was put into our words again.
pub const OBSERVATION_REMAPPED: &str = "observation_remapped";
