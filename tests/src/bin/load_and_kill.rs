//! `idv-load-and-kill`: the gateway under load, killed again and again, and then held against the truth.
//!
//! It is also the gateway it kills, so that one build makes both.
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a command that reports on the terminal"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use idv_tests::load::{DatabaseKind, Program, Settings, run};

/// Set in the environment of the processes that are to be the gateway.
const AS_GATEWAY: &str = "IDV_LOAD_AND_KILL_AS_GATEWAY";

/// Sends signed webhooks of three vendors from this machine while the gateway is killed with -9 and restarted at
/// random, and then checks that nothing is lost and nothing is there twice. Exit code 1 if anything does not hold.
#[derive(Debug, Parser)]
struct Arguments {
    /// What the gateway keeps its data in. Postgres: a server of this run alone, or the one IDV_TEST_POSTGRES_URL names
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    database: Database,
    /// How many webhooks are sent, duplicates included
    #[arg(long, value_name = "COUNT", default_value_t = 200_000)]
    webhooks: usize,
    /// How often a gateway is killed while they are sent
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    kills: usize,
    /// How many gateways there are [default: 1 on SQLite, 3 on Postgres]
    #[arg(long, value_name = "COUNT")]
    replicas: Option<usize>,
    /// The vendors are down until everything that can be was taken in
    #[arg(long)]
    vendor_down: bool,
    /// How often each vendor may be called per second [default: 2000, and 50 where the vendors are down]
    #[arg(long, value_name = "COUNT")]
    calls_per_sec: Option<usize>,
    /// What everything random is drawn from [default: another one each time]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Another gateway than the one that was built with this command: the path of an `idv`
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

fn main() -> ExitCode {
    if std::env::var_os(AS_GATEWAY).is_some() {
        return idv_gateway::run();
    }
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built");
    runtime.block_on(load_and_kill(&arguments))
}

async fn load_and_kill(arguments: &Arguments) -> ExitCode {
    let program = match &arguments.program {
        Some(path) => Program {
            path: path.clone(),
            environment: Vec::new(),
        },
        None => Program {
            path: std::env::current_exe().expect("this program has a path"),
            environment: vec![(AS_GATEWAY.to_owned(), "1".to_owned())],
        },
    };
    let (database, replicas) = match arguments.database {
        Database::Sqlite => (DatabaseKind::Sqlite, 1),
        Database::Postgres => (DatabaseKind::Postgres, 3),
    };
    let settings = Settings {
        program,
        database,
        replicas: arguments.replicas.unwrap_or(replicas),
        webhooks: arguments.webhooks,
        kills: arguments.kills,
        vendor_down: arguments.vendor_down,
        calls_per_sec: arguments.calls_per_sec.unwrap_or(if arguments.vendor_down {
            50
        } else {
            2_000
        }),
        seed: arguments.seed.unwrap_or_else(|| fastrand::u64(..)),
    };
    eprintln!(
        "{} webhooks to {} gateways on {database:?}, {} kills, seed {}",
        settings.webhooks, settings.replicas, settings.kills, settings.seed
    );
    let Some(report) = run(&settings, &|line| eprintln!("{line}")).await else {
        return ExitCode::FAILURE;
    };
    if arguments.json {
        println!("{:#}", report.to_json());
    } else {
        print!("{}", report.to_text());
    }
    if report.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
