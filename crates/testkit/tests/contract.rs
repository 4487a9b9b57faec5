//! The fake provider takes the exam that every provider takes.
#![cfg(test)]

mod fake_subject;

idv_testkit::provider_contract!(fake_subject::Fake);
