//! The gateway as it is tested: the same program as `idv`, built with the tests.

fn main() -> std::process::ExitCode {
    idv_gateway::run()
}
