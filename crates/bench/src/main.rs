//! `idv-bench`: one command a question.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command that prints tables"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum as _};
use idv_bench::measure::Effort;
use idv_bench::question::Question;
use idv_bench::report::{Run, compare, print};

/// Ratios measured in one run, against floors and peers.
#[derive(Debug, Parser)]
#[command(name = "idv-bench")]
struct Arguments {
    /// What to measure; everything, if nothing is named.
    questions: Vec<Question>,
    /// Fewer rounds: only to see that everything runs.
    #[arg(long)]
    quick: bool,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// The folder where each run is kept.
    #[arg(long, default_value = "target/bench", value_name = "DIR")]
    keep: PathBuf,
    /// Measure nothing; print how the ratios have moved between two runs that were kept.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["questions", "quick", "json"])]
    compare: Vec<PathBuf>,
}

fn main() -> ExitCode {
    if idv_bench::rest::serve_bare() {
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::parse();
    if let [old, new] = arguments.compare.as_slice() {
        return match Run::read(old).and_then(|old| Ok((old, Run::read(new)?))) {
            Ok((old, new)) => {
                println!("{}", compare(&old, &new));
                ExitCode::SUCCESS
            }
            Err(reason) => {
                eprintln!("idv-bench: {reason}");
                ExitCode::FAILURE
            }
        };
    }
    if cfg!(debug_assertions) {
        eprintln!(
            "idv-bench: this build is not optimised, its figures mean nothing; run it with --release"
        );
    }
    let effort = if arguments.quick {
        Effort::Quick
    } else {
        Effort::Whole
    };
    let mut questions = arguments.questions;
    if questions.is_empty() {
        questions.extend(Question::value_variants());
    }
    let mut run = Run::begin(effort);
    for question in questions {
        eprintln!("idv-bench: measuring: {}", question.title());
        let table = question.answer(effort);
        if !arguments.json {
            print!("{}", print(&table));
        }
        run.tables.push(table);
    }
    if arguments.json {
        println!("{}", run.json());
    }
    let (goals, met) = run.goals();
    eprintln!("\nidv-bench: {met} of {goals} goals are met");
    match run.keep(&arguments.keep) {
        Ok(path) => {
            eprintln!("idv-bench: kept in {}", path.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("idv-bench: the run could not be kept: {error}");
            ExitCode::FAILURE
        }
    }
}
