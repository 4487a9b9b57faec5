//! idv-testkit
