//! idv-http
