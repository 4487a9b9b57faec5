//! What to paste into an application so that it speaks to the stand-ins instead of the vendors.

mod onfido;
mod plaid;
mod stripe;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use idv_simulator::{Vendor, VendorKind};
use serde_json::{Map, Value, json};
use url::Url;

use super::options::ForVendor;
use crate::cli::{Failure, say_json};
use crate::terminal::{self, Ink, colours};

/// A vendor's account as it comes, with the credentials that everybody knows.
pub(crate) fn stand_in(kind: VendorKind) -> Arc<dyn Vendor> {
    match kind {
        VendorKind::Stripe => stripe::stand_in(),
        VendorKind::Onfido => onfido::stand_in(),
        VendorKind::Plaid => plaid::stand_in(),
    }
}

/// The table of an account of this gateway that speaks to the stand-in.
pub(crate) fn account_table(kind: VendorKind, name: &str, base_url: &str) -> String {
    match kind {
        VendorKind::Stripe => stripe::account_table(name, base_url),
        VendorKind::Onfido => onfido::account_table(name, base_url),
        VendorKind::Plaid => plaid::account_table(name, base_url),
    }
}

/// Where a vendor is served unless another address is given: always there, so that it can stand in a configuration.
pub(super) fn usual_address(kind: VendorKind) -> SocketAddr {
    let port = match kind {
        VendorKind::Stripe => 8181,
        VendorKind::Onfido => 8182,
        VendorKind::Plaid => 8183,
    };
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Everything about one vendor that is pasted somewhere.
pub(super) struct Paste {
    kind: VendorKind,
    /// The vendor and product, for people.
    name: &'static str,
    base_url: String,
    /// What it is called, and the value.
    credentials: Vec<(&'static str, &'static str)>,
    /// Variables of the environment, by the names the vendor's pages use.
    variables: Vec<(&'static str, String)>,
    /// How the vendor's own library is made to call here: the language, and the code.
    clients: Vec<(&'static str, String)>,
    /// How an outcome is chosen, besides on the hosted page.
    choosing: Vec<&'static str>,
}

impl Paste {
    pub(super) fn of(kind: VendorKind, base_url: &str) -> Self {
        match kind {
            VendorKind::Stripe => stripe::paste(base_url),
            VendorKind::Onfido => onfido::paste(base_url),
            VendorKind::Plaid => plaid::paste(base_url),
        }
    }

    /// The name of an account of this gateway that speaks to it.
    fn account(&self) -> String {
        format!("{}-simulated", self.kind)
    }

    fn lines(&self, more: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
        let mut lines: Vec<(&str, String)> = vec![("base URL", self.base_url.clone())];
        let owned = |(name, value): &(&'static str, &'static str)| (*name, (*value).to_owned());
        lines.extend(self.credentials.iter().map(owned));
        lines.extend(more);
        for (index, (name, value)) in self.variables.iter().enumerate() {
            let heading = if index == 0 { "environment" } else { "" };
            lines.push((heading, format!("{name}={value}")));
        }
        for (language, code) in &self.clients {
            lines.extend(below(language, code));
        }
        let table = account_table(self.kind, &self.account(), &self.base_url);
        lines.extend(below("idv.toml", &table));
        lines.extend(below("outcome", &self.choosing.join("\n")));
        lines
    }
}

/// The lines of a text, with its name before the first.
fn below(name: &'static str, text: &str) -> Vec<(&'static str, String)> {
    let named =
        |(index, line): (usize, &str)| (if index == 0 { name } else { "" }, line.to_owned());
    text.lines().enumerate().map(named).collect()
}

/// What is said before anything happens.
pub(super) struct Introduction<'a> {
    pub(super) pastes: &'a [Paste],
    pub(super) webhooks_to: &'a [ForVendor<Url>],
    pub(super) usual: &'a [ForVendor<String>],
    /// By which what goes wrong is drawn.
    pub(super) seed: Option<u64>,
}

impl Introduction<'_> {
    pub(super) fn say(&self, as_json: bool) -> Result<(), Failure> {
        if as_json {
            for paste in self.pastes {
                say_json(&self.as_value(paste))?;
            }
            return say_json(&json!({ "kind": "ready", "seed": self.seed }));
        }
        let colours = colours(&std::io::stdout());
        let strong = |text: &str| Ink::Strong.paint(text, colours);
        for paste in self.pastes {
            terminal::say(&strong(&format!("{}, simulated", paste.name)));
            for (name, value) in paste.lines(self.about(paste)) {
                let name = Ink::Faint.paint(&format!("{name:14}"), colours);
                terminal::say(&format!("  {name}  {value}"));
            }
            terminal::say("");
        }
        if let Some(seed) = self.seed {
            terminal::say(&format!(
                "Things go wrong on purpose, by seed {seed}: the same again with --seed {seed}"
            ));
        }
        terminal::say(&strong(
            "Nobody is verified here. What goes on is told below, times in UTC. End with Ctrl-C.",
        ));
        Ok(())
    }

    /// What was chosen on the command line.
    fn about(&self, paste: &Paste) -> Vec<(&'static str, String)> {
        let urls = self.webhooks_of(paste.kind);
        let mut lines = Vec::new();
        if urls.is_empty() {
            let account = paste.account();
            lines.extend(below(
                "webhooks go to",
                &format!(
                    "nowhere yet: begin with --webhooks-to {kind}=URL, or register one through the vendor's API where it\n\
                     has one; for idv serve it is {kind}=http://127.0.0.1:8080/webhooks/{account}",
                    kind = paste.kind
                ),
            ));
        } else {
            lines.extend(below("webhooks go to", &urls.join("\n")));
        }
        let usual = self.usual.iter().rfind(|usual| usual.is_for(paste.kind));
        if let Some(usual) = usual {
            lines.push((
                "scenario",
                format!("{} for those that choose none", usual.value),
            ));
        }
        lines
    }

    fn webhooks_of(&self, kind: VendorKind) -> Vec<String> {
        let urls = self.webhooks_to.iter().filter(|url| url.is_for(kind));
        urls.map(|url| url.value.to_string()).collect()
    }

    fn as_value(&self, paste: &Paste) -> Value {
        let map = |pairs: Vec<(&str, String)>| {
            let member = |(name, value): (&str, String)| (name.to_owned(), Value::from(value));
            pairs.into_iter().map(member).collect::<Map<_, _>>()
        };
        let credentials = paste.credentials.iter();
        let credentials = credentials.map(|(name, value)| (*name, (*value).to_owned()));
        json!({
            "kind": "vendor",
            "vendor": paste.kind.as_word(),
            "name": paste.name,
            "base_url": paste.base_url,
            "credentials": map(credentials.collect()),
            "environment": map(paste.variables.clone()),
            "clients": map(paste.clients.clone()),
            "idv_toml": account_table(paste.kind, &paste.account(), &paste.base_url),
            "choosing": paste.choosing,
            "webhooks_to": self.webhooks_of(paste.kind),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_and_the_table_is_a_configuration() {
        for kind in VendorKind::ALL {
            let paste = Paste::of(kind, "http://127.0.0.1:8181");
            for (name, line) in paste.lines(Vec::new()) {
                assert!(name.len() <= 14, "{name}");
                assert!(line.chars().count() <= 82, "{kind}: {line}");
            }
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("idv.toml");
            std::fs::write(&file, account_table(kind, "simulated", &paste.base_url)).unwrap();
            let loaded = crate::config::load(Some(&file), []);
            let loaded = loaded.unwrap_or_else(|problems| panic!("{kind}: {problems}"));
            let account = &loaded.settings.accounts[0];
            assert_eq!(account.provider.id, kind.as_word());
            assert!(account.api_key.is_some());
        }
    }
}
