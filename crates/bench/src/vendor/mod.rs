//! A vendor that answers at once: Stripe as the simulator has it, on a thread of its own, and the webhooks it sends.

mod account;
mod webhooks;

pub use account::StripeAccount;
pub use webhooks::{Webhooks, signed};
