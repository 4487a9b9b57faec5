//! `idv-count-webhook`: the same webhook again and again, for whoever counts instructions. It prints nothing and measures
//! nothing; `.ci/instructions` runs it where instructions are counted.

use std::hint::black_box;

use clap::{Parser, ValueEnum};
use idv_bench::webhook::{Delivery, Floor, Vendor, verify_and_interpret};

/// Takes in the same webhook of a vendor so many times, or only hashes it as often.
#[derive(Debug, Parser)]
#[command(name = "idv-count-webhook")]
struct Arguments {
    /// Whose webhook.
    vendor: Vendor,
    /// What is done with it.
    work: Work,
    /// How many times.
    times: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Work {
    /// Verified and interpreted, through the provider.
    Whole,
    /// Only the hash, and for Plaid the check of the signature.
    Hash,
}

fn main() {
    let Arguments {
        vendor,
        work,
        times,
    } = Arguments::parse();
    let delivery = Delivery::unchanging(vendor);
    let (inbound, floor) = (delivery.inbound(), Floor::under(&delivery));
    for _ in 0..times {
        match work {
            Work::Whole => {
                black_box(verify_and_interpret(
                    delivery.provider(),
                    black_box(&inbound),
                ));
            }
            Work::Hash => floor.hash(),
        }
    }
}
