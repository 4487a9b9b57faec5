//! A recording in a folder.
//!
//! ```text
//! recording.json             the order of everything, the test keys, what was dropped
//! exchanges/recorded.json    requests and answers, as idv-testkit reads them
//! bodies/0001.json           the body of an answer, byte for byte
//! webhooks/0002.json         the body of a webhook, byte for byte
//! webhooks/0002.headers.json its headers, with a signature of the test keys
//! ```

mod file;
mod finish;
mod read;
mod write;

pub use file::{Asked, Entry, What};
pub use finish::TakenOut;
pub use read::{Played, PlayedWebhook, Recording, Unusable};
pub use write::{Captured, NotWritten, Recorder};

pub(crate) use file::{Answered, ExchangeFile, ExchangesFile, FORMAT, INDEX, Index, RECORDED};
