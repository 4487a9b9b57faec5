//! The SDKs, installed from their registries with the versions of `python/requirements.txt` and
//! `javascript/package-lock.json`, and the scripts beside those files that drive them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use idv_testkit::clients::{self, JavaScript, Python, json_lines};
use serde_json::{Value, json};

const REQUIREMENTS: &str = include_str!("python/requirements.txt");
const PACKAGE: &str = include_str!("javascript/package.json");
const LOCK: &str = include_str!("javascript/package-lock.json");

/// The Python that has the SDKs, or a reason on standard error.
pub(crate) fn python() -> Option<&'static Python> {
    static PYTHON: OnceLock<Result<Python, String>> = OnceLock::new();
    clients::or_skipped(PYTHON.get_or_init(|| Python::with(REQUIREMENTS)))
}

/// The Node.js that has the SDKs, or a reason on standard error.
pub(crate) fn javascript() -> Option<&'static JavaScript> {
    static JAVASCRIPT: OnceLock<Result<JavaScript, String>> = OnceLock::new();
    clients::or_skipped(JAVASCRIPT.get_or_init(|| JavaScript::with(PACKAGE, LOCK)))
}

/// A script of this folder, such as `python/versions.py`.
pub(crate) fn script(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdks");
    folder.join(name)
}

/// The version `python/requirements.txt` pins.
pub(crate) fn pinned_in_python(distribution: &str) -> &'static str {
    let mut lines = REQUIREMENTS
        .lines()
        .filter_map(|line| line.split_once("=="));
    let pinned = lines.find(|(name, _)| *name == distribution);
    pinned
        .unwrap_or_else(|| panic!("{distribution} is not pinned"))
        .1
}

/// The version `javascript/package.json` pins.
pub(crate) fn pinned_in_javascript(package: &str) -> String {
    let file: Value = serde_json::from_str(PACKAGE).unwrap();
    let pinned = file["dependencies"][package].as_str();
    pinned
        .unwrap_or_else(|| panic!("{package} is not pinned"))
        .to_owned()
}

/// Panics unless a package can be imported in Python and is the version that is pinned.
pub(crate) async fn assert_imports_in_python(module: &str, distribution: &str) {
    let Some(python) = python() else { return };
    let versions = script("python/versions.py");
    let printed = python
        .run_script(&versions, &[module, distribution], &[])
        .await;
    let pinned = pinned_in_python(distribution);
    assert_eq!(
        json_lines(&printed),
        [json!({"name": distribution, "version": pinned})]
    );
}

/// Panics unless a package can be imported in Node.js and is the version that is pinned.
pub(crate) async fn assert_imports_in_javascript(package: &str) {
    let Some(javascript) = javascript() else {
        return;
    };
    let versions = script("javascript/versions.js");
    let printed = javascript.run_script(&versions, &[package], &[]).await;
    let pinned = pinned_in_javascript(package);
    assert_eq!(
        json_lines(&printed),
        [json!({"name": package, "version": pinned})]
    );
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "No module named 'nobody_has_this'")]
async fn a_script_that_fails_shows_what_it_said() {
    let Some(python) = python() else {
        panic!("No module named 'nobody_has_this': skipped");
    };
    let versions = script("python/versions.py");
    python
        .run_script(&versions, &["nobody_has_this", "none"], &[])
        .await;
}

#[test]
fn every_version_is_pinned_and_no_registry_is_named() {
    for line in REQUIREMENTS.lines() {
        assert!(line.contains("=="), "{line}");
    }
    for text in [REQUIREMENTS, PACKAGE, LOCK] {
        assert!(!text.contains("://") && !text.contains("resolved"));
    }
    let lock: Value = serde_json::from_str(LOCK).unwrap();
    let packages = lock["packages"].as_object().unwrap();
    for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        assert!(package["integrity"].is_string(), "{name}");
    }
}
