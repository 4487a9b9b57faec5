//! What is said of a run: tables for people, one document for programs, and how two runs compare.

mod compare;
mod figure;
mod print;
mod run;
mod table;

pub use compare::compare;
pub use figure::{Figure, Unit};
pub use print::print;
pub use run::Run;
pub use table::{Goal, Row, Table};
