//! What only the inside can see.

mod connections;
mod plans;
