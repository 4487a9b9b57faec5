//! The browser, and the program that presses its keys.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use idv_testkit::clients::{self, JavaScript};
use serde_json::Value;

const PACKAGE: &str = include_str!("package.json");
const LOCK: &str = include_str!("package-lock.json");

/// A browser with somebody who presses its keys.
pub(crate) struct Chromium {
    program: PathBuf,
    keys: JavaScript,
}

/// The browser, or a reason on standard error.
pub(crate) fn chromium() -> Option<&'static Chromium> {
    static CHROMIUM: OnceLock<Result<Chromium, String>> = OnceLock::new();
    clients::or_skipped(CHROMIUM.get_or_init(Chromium::find))
}

impl Chromium {
    fn find() -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::env::split_paths(&path);
        let program = places
            .map(|place| place.join("chromium"))
            .find(|program| program.is_file())
            .ok_or("chromium is not on the path. To run it, install the package chromium")?;
        let keys = JavaScript::with(PACKAGE, LOCK)?;
        Ok(Self { program, keys })
    }

    /// Chooses something on a hosted page without a mouse. Returns what the page offered and what came of it.
    pub(crate) async fn choose(&self, name: &str, url: &str, choice: &str) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/hosted_page.js");
        let screenshots = screenshots();
        std::fs::create_dir_all(&screenshots).unwrap();
        let program = self.program.display().to_string();
        let screenshots = screenshots.display().to_string();
        let args = [program.as_str(), url, choice, screenshots.as_str(), name];
        let printed = self.keys.run_script(&script, &args, &[]).await;
        serde_json::from_str(&printed).unwrap_or_else(|_| panic!("JSON, not: {printed}"))
    }
}

/// Where pictures of the pages are put for somebody to look at.
pub(crate) fn screenshots() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_idv-under-test"));
    let target = program.ancestors().nth(2).expect("a target directory");
    target.join("screenshots")
}
