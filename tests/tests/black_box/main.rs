//! The program from outside: another process, real HTTP on loopback, a database in an empty directory.
#![cfg(test)]

mod api;
mod bad_input;
mod durability;
mod gateway;
mod keys;
mod privacy;
mod program;
mod story;
mod stripe_samples;
mod terminal;
