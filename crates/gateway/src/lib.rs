//! idv-gateway
