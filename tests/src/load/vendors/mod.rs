//! Three vendors on this machine, and what is true at each of them.

mod life;
mod onfido;
mod plaid;
mod stripe;
mod watched;

use std::sync::Arc;

use bytes::Bytes;
use idv_core::{Clock as _, SystemClock};
use idv_simulator::plaid::{Environment, WebhookKey};
use idv_simulator::{Loopback, onfido as simulated_onfido, stripe as simulated_stripe};

pub(crate) use life::Life;
pub(crate) use watched::Visits;
use watched::Watched;

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Vendor {
    Stripe,
    Onfido,
    Plaid,
}

impl Vendor {
    pub(crate) const ALL: [Self; 3] = [Self::Stripe, Self::Onfido, Self::Plaid];

    /// The account in the gateway's configuration.
    pub(crate) const fn account(self) -> &'static str {
        match self {
            Self::Stripe => "stripe-load",
            Self::Onfido => "onfido-load",
            Self::Plaid => "plaid-load",
        }
    }

    pub(crate) fn of_account(account: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|vendor| vendor.account() == account)
    }

    /// The header of its signatures.
    pub(crate) const fn signature_header(self) -> &'static str {
        match self {
            Self::Stripe => "stripe-signature",
            Self::Onfido => "x-sha2-signature",
            Self::Plaid => "plaid-verification",
        }
    }

    fn new_id(self, number: u128) -> String {
        match self {
            Self::Stripe => format!("vs_{number:032x}"),
            // The layout of a UUID.
            Self::Onfido => format!(
                "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
                number >> 96,
                (number >> 80) & 0xffff,
                (number >> 64) & 0xfff,
                (number >> 48) & 0xfff,
                number & 0xffff_ffff_ffff
            ),
            Self::Plaid => format!("idv_{number:032x}"),
        }
    }
}

/// What a webhook says.
pub(crate) struct Told {
    pub(crate) body: Bytes,
    /// The vendor's id of the event, where it has one.
    pub(crate) event_id: Option<String>,
}

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    Vendor,
    SomebodyElse,
}

/// The three of them. They behave, answer and sign as the vendors do.
pub(crate) struct Vendors {
    stripe: Arc<simulated_stripe::Account>,
    onfido: Arc<simulated_onfido::Account>,
    plaid: Arc<Environment>,
    /// Says that it is the vendor's, and is not.
    forged_key: WebhookKey,
    doors: [Arc<Watched>; 3],
    serving: [Loopback; 3],
}

impl Vendors {
    pub(crate) async fn open() -> Self {
        let now = now_unix_secs();
        let stripe = Arc::new(simulated_stripe::Account::new(stripe::API_KEY));
        let onfido = Arc::new(simulated_onfido::Account::new(onfido::API_TOKEN));
        let plaid = Arc::new(Environment::sandbox(plaid::CLIENT_ID, plaid::SECRET));
        plaid.publish(WebhookKey::generate(plaid::KEY, now - 86_400).unwrap());
        let doors = [
            Arc::new(Watched::new(stripe.clone())),
            Arc::new(Watched::new(onfido.clone())),
            Arc::new(Watched::new(plaid.clone())),
        ];
        let [first, second, third] = &doors;
        let serving = [
            Loopback::serve(first.clone()).await.unwrap(),
            Loopback::serve(second.clone()).await.unwrap(),
            Loopback::serve(third.clone()).await.unwrap(),
        ];
        Self {
            stripe,
            onfido,
            plaid,
            forged_key: WebhookKey::generate(plaid::KEY, now - 86_400).unwrap(),
            doors,
            serving,
        }
    }

    /// Nobody answers any more, or everybody again.
    pub(crate) fn set_down(&self, is_down: bool) {
        for door in &self.doors {
            door.set_down(is_down);
        }
    }

    pub(crate) fn visits(&self, vendor: Vendor) -> Visits {
        self.doors[vendor as usize].visits()
    }

    /// The accounts, for the gateway's configuration. `calls_per_sec`: how often each vendor may be called.
    pub(crate) fn tables(&self, calls_per_sec: usize) -> String {
        let secrets = [
            format!(
                "api_key = \"{}\"\nwebhook_secrets = [\"{}\"]\n",
                stripe::API_KEY,
                stripe::SECRET
            ),
            format!(
                "api_key = \"{}\"\nwebhook_secrets = [\"{}\"]\n",
                onfido::API_TOKEN,
                onfido::WEBHOOK_TOKEN
            ),
            format!("api_key = \"{}\"\n", plaid::SECRET),
        ];
        let options = ["", "", &format!("client_id = \"{}\"\n", plaid::CLIENT_ID)];
        let mut tables = String::new();
        for (vendor, provider) in Vendor::ALL.into_iter().zip(["stripe", "onfido", "plaid"]) {
            let (account, index) = (vendor.account(), vendor as usize);
            tables += &format!(
                "[accounts.{account}]\nprovider = \"{provider}\"\nenvironment = \"sandbox\"\nunmatched = \"adopt\"\n\
                 calls_per_sec = {calls_per_sec}\n{}\
                 [accounts.{account}.options]\napi_base_url = \"{}\"\n{}",
                secrets[index],
                self.serving[index].base_url(),
                options[index],
            );
        }
        tables
    }

    /// The value of the vendor's signature header.
    pub(crate) fn sign(&self, vendor: Vendor, signer: Signer, body: &[u8], now: i64) -> String {
        let secret = |secret: &'static str| match signer {
            Signer::Vendor => secret,
            Signer::SomebodyElse => "whsec_of_somebody_else",
        };
        match (vendor, signer) {
            (Vendor::Stripe, _) => simulated_stripe::sign(secret(stripe::SECRET), body, now),
            (Vendor::Onfido, _) => simulated_onfido::sign(secret(onfido::WEBHOOK_TOKEN), body),
            (Vendor::Plaid, Signer::Vendor) => {
                let signed = self
                    .plaid
                    .with_key(plaid::KEY, |key| key.sign(body, now).unwrap());
                signed.expect("the key was published")
            }
            (Vendor::Plaid, Signer::SomebodyElse) => self.forged_key.sign(body, now).unwrap(),
        }
    }

    /// The status that a request about this session must have, in the gateway's word: what the vendor would answer
    /// now, by a table of its own. None if the vendor has no such session.
    pub(crate) fn truth(&self, vendor: Vendor, id: &str) -> Option<&'static str> {
        match vendor {
            Vendor::Stripe => self.stripe.with(id, |s| stripe::status(&s.object(false))),
            Vendor::Onfido => self.onfido.with(id, |run| onfido::status(&run.object())),
            Vendor::Plaid => self.plaid.with(id, |a| plaid::status(&a.object())),
        }
    }
}

/// The time by which vendors sign.
pub(crate) fn now_unix_secs() -> i64 {
    SystemClock.now().as_unix_secs()
}
