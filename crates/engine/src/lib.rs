//! idv-engine
