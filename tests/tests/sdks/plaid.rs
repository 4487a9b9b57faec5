//! Plaid's SDKs against its simulator. They verify no webhooks, so a public JOSE library does.

use super::kits;

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_load_and_are_the_versions_that_are_pinned() {
    kits::assert_imports_in_python("plaid", "plaid-python").await;
    kits::assert_imports_in_javascript("plaid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jose_libraries_load_and_are_the_versions_that_are_pinned() {
    kits::assert_imports_in_python("jwt", "PyJWT").await;
    kits::assert_imports_in_javascript("jose").await;
}
