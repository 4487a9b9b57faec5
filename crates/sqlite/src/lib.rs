//! idv-sqlite
