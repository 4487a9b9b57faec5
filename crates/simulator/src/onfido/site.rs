//! Where the vendor is reached.

/// The addresses that links and events begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    api: String,
    pages: String,
    /// Whether the environment is a sandbox.
    pub(super) is_sandbox: bool,
}

impl Default for Site {
    fn default() -> Self {
        Self::of_the_vendor(true)
    }
}

impl Site {
    /// The vendor's own addresses, in its European region.
    pub(super) fn of_the_vendor(is_sandbox: bool) -> Self {
        Self {
            api: "https://api.eu.onfido.com".to_owned(),
            pages: "https://eu.onfido.app".to_owned(),
            is_sandbox,
        }
    }

    /// All of it below one address, which has no slash at its end.
    pub(super) fn at(base_url: &str, is_sandbox: bool) -> Self {
        Self {
            api: base_url.to_owned(),
            pages: base_url.to_owned(),
            is_sandbox,
        }
    }

    /// The address of something in the API.
    pub(super) fn api(&self, segments: &[&str]) -> String {
        format!("{}/v3.6/{}", self.api, segments.join("/"))
    }

    /// The address of the hosted page of a run.
    pub(super) fn page(&self, run: &str) -> String {
        format!("{}/l/{run}", self.pages)
    }

    /// The address of a file that is handed out without a token.
    pub(super) fn file(&self, name: &str, signature: &str, expires_unix_secs: i64) -> String {
        format!(
            "{}/files/{name}?expires={expires_unix_secs}&signature={signature}",
            self.api
        )
    }
}
