//! An engine with one account.

use std::sync::Arc;

use idv_core::{AccountId, Clock, IdProvider};
use idv_engine::crypt::MasterKeys;
use idv_engine::store::Store;
use idv_engine::{Account, Accounts, Engine, EngineSettings, Environment, Unmatched};

/// An engine over this store, with one account of the sandbox that can ask its vendor and parks what it does not know.
pub async fn engine(
    store: Arc<dyn Store>,
    keys: impl Into<MasterKeys>,
    account: &str,
    provider: Arc<dyn IdProvider>,
    clock: Arc<dyn Clock>,
    settings: EngineSettings,
) -> Engine {
    let id = AccountId::new(account);
    let account = Account {
        id: id.clone(),
        provider,
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    let accounts = Accounts::new(vec![account], Some(id));
    let engine = Engine::open(store, accounts, keys, clock, settings).await;
    engine.unwrap()
}
