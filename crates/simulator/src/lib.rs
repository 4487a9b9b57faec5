//! idv-simulator
