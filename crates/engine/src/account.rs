//! The accounts: one set of credentials with one provider each.

use std::collections::BTreeMap;
use std::sync::Arc;

use idv_core::{AccountHealth, AccountId, IdProvider};

/// One configured account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name in the configuration.
    pub id: AccountId,
    /// Its provider, holding its credentials.
    pub provider: Arc<dyn IdProvider>,
    /// The vendor's environment it belongs to. Nothing of the other one is ever taken in.
    pub environment: Environment,
    /// True if it has API credentials. Without them it only receives: payloads are all there is.
    pub can_fetch: bool,
    /// What to do with a session nobody here made.
    pub unmatched: Unmatched,
    /// Accounts whose webhooks the vendor posts to the same URL. A delivery is filed under the account whose key
    /// proves it.
    pub siblings: Vec<AccountId>,
    /// How its vendor is doing. None if nobody watches its calls: an account that only receives makes none.
    pub health: Option<Arc<dyn AccountHealth>>,
}

/// The vendor's environments. They never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Real people.
    Live,
    /// Test data.
    Sandbox,
}

impl Environment {
    /// The word it is stored and shown as.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        }
    }

    /// What [`Environment::as_word`] wrote; none for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Live, Self::Sandbox]
            .into_iter()
            .find(|environment| environment.as_word() == word)
    }
}

/// What to do with a session nobody here made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unmatched {
    /// Keep the delivery until somebody claims the session.
    #[default]
    Park,
    /// Make a request for the subject the vendor's object names.
    Adopt,
}

/// All accounts.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    by_id: BTreeMap<AccountId, Arc<Account>>,
    default: Option<AccountId>,
}

impl Accounts {
    /// These accounts. `default`: the one new requests use when they name none.
    #[must_use]
    pub fn new(accounts: Vec<Account>, default: Option<AccountId>) -> Self {
        let by_id = accounts
            .into_iter()
            .map(|account| (account.id.clone(), Arc::new(account)))
            .collect();
        Self { by_id, default }
    }

    /// One account.
    #[must_use]
    pub fn get(&self, id: &AccountId) -> Option<&Arc<Account>> {
        self.by_id.get(id)
    }

    /// Every account, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.by_id.values()
    }

    /// The one new requests use when they name none.
    #[must_use]
    pub fn default_account(&self) -> Option<&Arc<Account>> {
        self.default.as_ref().and_then(|id| self.get(id))
    }
}
