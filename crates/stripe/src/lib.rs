//! idv-stripe
