//! Changed inputs over the three vendors' verifiers and mappers: nothing panics, no changed body or header is
//! believed, and there is no pass but from the vendor's own verdict.
//!
//! No simulated vendor sends what is sent here: bodies that were changed in every way. Only the signatures are theirs.
//!
//! The inputs are made from every fixture, and from the samples that lie beside the repository where they do. They
//! follow from a seed, so that a run can be repeated. The suite makes 60,000; the full run makes ten million:
//!
//! ```text
//! IDV_FUZZ_INPUTS=10000000 IDV_FUZZ_SEED=2 cargo test --release -p idv-tests --test mutation -- --nocapture
//! ```
//!
//! `IDV_FUZZ_SEED` is any number, and each seed makes other inputs. What broke a promise is shown with both.
#![cfg(test)]

mod fuzz;
mod header;
mod mutate;
mod teeth;
mod tree;
mod vendor;
mod verdict;

use std::time::Instant;

use fuzz::Run;
use idv_core::http::{HeaderMap, HeaderValue};
use idv_core::{Mapped, Status};
use verdict::grants_item;

const INPUTS: u64 = 60_000;
const SEED: u64 = 20_261_120;

fn asked(name: &str, otherwise: u64) -> u64 {
    let Ok(text) = std::env::var(name) else {
        return otherwise;
    };
    text.parse().unwrap_or_else(|_| {
        panic!("{name}={text} is no whole number; leave it out for {otherwise}")
    })
}

fn tell(line: &str) {
    eprintln!("{line}");
}

#[test]
fn changed_inputs_never_panic_are_never_believed_and_never_grant() {
    let run = Run {
        seed: asked("IDV_FUZZ_SEED", SEED),
        inputs: asked("IDV_FUZZ_INPUTS", INPUTS),
    };
    tell(&format!(
        "IDV_FUZZ_SEED={} IDV_FUZZ_INPUTS={}",
        run.seed, run.inputs
    ));
    let began = Instant::now();
    let met = fuzz::run(&vendor::all(), run, |done| tell(&format!("{done} inputs")))
        .unwrap_or_else(|broken| panic!("{broken}"));
    tell(&format!(
        "{} inputs in {:.1} s: {met:?}",
        run.inputs,
        began.elapsed().as_secs_f64()
    ));

    // Every check was put to the test, in any run worth the name.
    if run.inputs >= INPUTS {
        assert!(met.readable > met.bodies / 4, "{met:?}");
        assert!(met.passes > 100 && met.bought > 10, "{met:?}");
        assert!(met.interpreted > 100, "{met:?}");
        assert!(
            met.believed > 10 && met.believed < met.headers / 2,
            "{met:?}"
        );
    }
}

/// The rules written down here are those of the providers: over all that is not changed, they agree in both
/// directions. So a changed object that has a pass, and whose original has none, has it from a changed verdict.
#[test]
fn the_verdicts_read_here_are_those_the_providers_read() {
    let passed = |mapped: &Mapped| mapped.status == Some(Status::Passed);
    for vendor in vendor::all() {
        let mut passes = 0;
        for source in &vendor.sources {
            let Some(tree) = &source.tree else { continue };
            let mapped = vendor.provider.translate(None, &source.bytes).ok();
            let is_passed = mapped.as_ref().is_some_and(passed);
            let granted = (vendor.grants)(tree);
            assert_eq!(is_passed, granted, "{}: {}", vendor.name, source.name);
            passes += usize::from(is_passed);
            for (index, item) in mapped.iter().flat_map(|page| page.items.iter().enumerate()) {
                let granted = grants_item(vendor.grants, tree, index);
                let place = format!("{}: {}, place {index}", vendor.name, source.name);
                assert_eq!(passed(item), granted, "{place}");
            }
        }
        assert!(passes > 0, "{}: no source has a pass", vendor.name);
    }
}

#[test]
fn another_spelling_of_a_header_is_believed() {
    for vendor in vendor::all() {
        let source = &vendor.sources[0];
        for spelling in (vendor.respellings)(&source.signature) {
            assert!(
                (vendor.means_the_same)(&source.signature, &spelling),
                "{spelling}"
            );
            let mut headers = HeaderMap::new();
            headers.insert(vendor.header, HeaderValue::from_str(&spelling).unwrap());
            if let Err(error) = fuzz::verify(&vendor, headers, &source.bytes) {
                panic!("{}: {spelling}: {error}", vendor.name);
            }
        }
    }
}
