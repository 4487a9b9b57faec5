//! Stripe's SDKs against its simulator.

use super::kits;

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_load_and_are_the_versions_that_are_pinned() {
    kits::assert_imports_in_python("stripe", "stripe").await;
    kits::assert_imports_in_javascript("stripe").await;
}
