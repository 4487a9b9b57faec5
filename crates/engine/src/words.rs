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
/// The vendor has no such session.
pub const SESSION_MISSING: &str = "session_missing";
/// The subject was given a fresh link.
pub const LINK_RENEWED: &str = "link_renewed";
/// A session could not be started in all the tries there are.
pub const SESSION_GIVEN_UP: &str = "session_given_up";
