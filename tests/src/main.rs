//! The gateway as it is tested: the same program as `idv`, with fault points, built with the tests.
//!
//! `idv-under-test fault-points` lists them, one a line.

#[expect(
    clippy::print_stdout,
    reason = "a list for the tests, of a program nobody else runs"
)]
fn main() -> std::process::ExitCode {
    if std::env::args().nth(1).as_deref() == Some("fault-points") {
        for name in idv_gateway::fault_points::names() {
            println!("{name}");
        }
        return std::process::ExitCode::SUCCESS;
    }
    idv_gateway::run()
}
