//! The `idv` binary.

fn main() -> std::process::ExitCode {
    idv_gateway::run()
}
