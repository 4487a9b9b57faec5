//! All vendors on this machine, in one line.

use std::sync::Arc;

use crate::onfido::{self, API_TOKEN, WEBHOOK_TOKEN, WORKFLOW_ID};
use crate::plaid;
use crate::stripe::{self, API_KEY, WEBHOOK_SECRET};
use crate::{Simulator, StartError, Vendor, VendorKind};

/// The delays of scenarios and of the vendors' repetitions pass so many times faster: a test does not wait.
const SPEED: u32 = 100;

impl Simulator {
    /// Serves every vendor over HTTP on ports the system chooses, each with the account that comes with it, for the test
    /// of an application. Delays pass a hundred times faster than scenarios say. Whoever wants it otherwise, or virtual
    /// time, or fewer vendors: [`Simulator::builder`]. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] if no port can be listened on.
    pub async fn start() -> Result<Simulated, StartError> {
        let (stripe, onfido, plaid) = (
            Arc::new(stripe::Account::simulated()),
            Arc::new(onfido::Account::simulated()),
            Arc::new(plaid::Environment::simulated()),
        );
        let builder = Self::builder()
            .vendor(stripe.clone())
            .vendor(onfido.clone())
            .vendor(plaid.clone())
            .speed(SPEED);
        Ok(Simulated {
            simulator: builder.start().await?,
            stripe,
            onfido,
            plaid,
        })
    }
}

/// Every vendor, served over HTTP until this is dropped.
#[derive(Debug)]
pub struct Simulated {
    simulator: Simulator,
    stripe: Arc<stripe::Account>,
    onfido: Arc<onfido::Account>,
    plaid: Arc<plaid::Environment>,
}

impl Simulated {
    /// What all of them have in common: scenarios, and what goes wrong.
    #[must_use]
    pub const fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Stripe Identity.
    #[must_use]
    pub fn stripe(&self) -> Stripe<'_> {
        Stripe {
            base_url: self.simulator.base_url(VendorKind::Stripe),
            account: &self.stripe,
        }
    }

    /// Onfido Studio.
    #[must_use]
    pub fn onfido(&self) -> Onfido<'_> {
        Onfido {
            base_url: self.simulator.base_url(VendorKind::Onfido),
            account: &self.onfido,
        }
    }

    /// Plaid Identity Verification.
    #[must_use]
    pub fn plaid(&self) -> Plaid<'_> {
        Plaid {
            base_url: self.simulator.base_url(VendorKind::Plaid),
            environment: &self.plaid,
        }
    }
}

/// What an application is told about Stripe.
#[derive(Clone, Debug)]
pub struct Stripe<'a> {
    base_url: String,
    account: &'a stripe::Account,
}

impl Stripe<'_> {
    /// Where the API is, in the place of `https://api.stripe.com`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The secret API key.
    #[must_use]
    pub const fn api_key(&self) -> &'static str {
        API_KEY
    }

    /// The secret that webhooks are signed with.
    #[must_use]
    pub const fn webhook_secret(&self) -> &'static str {
        WEBHOOK_SECRET
    }

    /// Has webhooks posted there from now on.
    pub fn webhooks_to(&self, url: &str) {
        self.account.add_endpoint(url);
    }

    /// The account, with everything in it.
    #[must_use]
    pub const fn account(&self) -> &stripe::Account {
        self.account
    }
}

/// What an application is told about Onfido.
#[derive(Clone, Debug)]
pub struct Onfido<'a> {
    base_url: String,
    account: &'a onfido::Account,
}

impl Onfido<'_> {
    /// Where the API is, in the place of `https://api.eu.onfido.com`: without the version.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The API token.
    #[must_use]
    pub const fn api_token(&self) -> &'static str {
        API_TOKEN
    }

    /// The token that webhooks are signed with.
    #[must_use]
    pub const fn webhook_token(&self) -> &'static str {
        WEBHOOK_TOKEN
    }

    /// A workflow: a profile, a document, a selfie.
    #[must_use]
    pub const fn workflow_id(&self) -> &'static str {
        WORKFLOW_ID
    }

    /// Has webhooks posted there from now on.
    pub fn webhooks_to(&self, url: &str) {
        self.account.add_endpoint(url);
    }

    /// The account, with everything in it.
    #[must_use]
    pub const fn account(&self) -> &onfido::Account {
        self.account
    }
}

/// What an application is told about Plaid. Its webhooks are signed with keys that its API hands out.
#[derive(Clone, Debug)]
pub struct Plaid<'a> {
    base_url: String,
    environment: &'a plaid::Environment,
}

impl Plaid<'_> {
    /// Where the API is, in the place of `https://sandbox.plaid.com`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The client id.
    #[must_use]
    pub const fn client_id(&self) -> &'static str {
        plaid::Environment::CLIENT_ID
    }

    /// The secret of the environment.
    #[must_use]
    pub const fn secret(&self) -> &'static str {
        plaid::Environment::SECRET
    }

    /// A template.
    #[must_use]
    pub const fn template_id(&self) -> &'static str {
        plaid::Template::FULL
    }

    /// Has webhooks posted there from now on.
    pub fn webhooks_to(&self, url: &str) {
        self.environment.add_endpoint(url);
    }

    /// The environment, with everything in it.
    #[must_use]
    pub const fn environment(&self) -> &plaid::Environment {
        self.environment
    }
}
