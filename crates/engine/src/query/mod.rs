//! What the application asks the engine.

mod active;
mod explain;
mod requests;
mod timeline;
mod view;

pub use explain::{Because, Explained};
pub use requests::RequestQuery;
pub use timeline::TimelineEntry;
pub use view::{RequestView, SessionView};
