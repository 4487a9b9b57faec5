//! The gateway as it is tested: the same program as `idv`, with fault points, built with the tests.
//!
//! `idv-under-test fault-points` lists them, one a line.

use std::io::Write as _;

fn main() -> std::process::ExitCode {
    if std::env::args().nth(1).as_deref() == Some("fault-points") {
        let names = idv_gateway::fault_points::names().join("\n");
        return match writeln!(std::io::stdout(), "{names}") {
            Ok(()) => std::process::ExitCode::SUCCESS,
            Err(_) => std::process::ExitCode::FAILURE,
        };
    }
    idv_gateway::run()
}
