//! The promises every store keeps, each one a function a store crate runs as a test against itself.
