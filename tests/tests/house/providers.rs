//! The provider crates: the same files in each, and a vendor's name only in the vendor's own rooms.

use std::collections::BTreeSet;

use crate::workspace::{File, assert_none, files, has_extension};

/// The crates that are no provider. Whatever else lies in `crates/` is one.
const NO_PROVIDER: &[&str] = &[
    "bench",
    "core",
    "engine",
    "gateway",
    "http",
    "postgres",
    "recorder",
    "simulator",
    "sqlite",
    "testkit",
];

/// Vendors whose names count even before their crate exists.
const VENDORS: &[&str] = &["onfido", "plaid", "stripe"];

/// Whether a file belongs to a provider crate.
pub(crate) fn is_provider(path: &str) -> bool {
    let folder = path
        .strip_prefix("crates/")
        .and_then(|path| path.split('/').next());
    folder.is_some_and(|folder| !NO_PROVIDER.contains(&folder))
}

/// The provider crates that exist, by folder.
fn providers(files: &[File]) -> BTreeSet<&str> {
    files
        .iter()
        .filter(|file| is_provider(&file.path))
        .filter_map(|file| file.path.split('/').nth(1))
        .collect()
}

/// The rooms every provider has, in `src/`. One that outgrew its file is a folder of the same name.
const ROOMS: &[&str] = &[
    "client", "config", "error", "map", "provider", "spec", "webhook", "wire",
];

/// A signpost fits on a screen.
const MAX_LINES_OF_LIB: usize = 60;

fn shape(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for provider in providers(files) {
        let home = format!("crates/{provider}/");
        let here: Vec<(&str, &File)> = files
            .iter()
            .filter_map(|file| Some((file.path.strip_prefix(&home)?, file)))
            .collect();
        let has_room = |room: &str| {
            let (as_file, as_folder) = (format!("{room}.rs"), format!("{room}/"));
            here.iter()
                .any(|(path, _)| *path == as_file || path.starts_with(&as_folder))
        };

        for room in ROOMS
            .iter()
            .filter(|room| !has_room(&format!("src/{room}")))
        {
            complaints.push(format!(
                "{home}src/{room}.rs is missing: every provider has it"
            ));
        }
        if !has_room("tests/contract") {
            complaints.push(format!(
                "{home}tests/contract.rs is missing: every provider has it"
            ));
        }
        if !here.iter().any(|(path, _)| *path == "README.md") {
            complaints.push(format!("{home}README.md is missing: every provider has it"));
        }
        for (path, file) in &here {
            if *path == "src/lib.rs" && file.text.lines().count() > MAX_LINES_OF_LIB {
                complaints.push(format!(
                    "{}: {} lines, a signpost has {MAX_LINES_OF_LIB} at most",
                    file.path,
                    file.text.lines().count()
                ));
            }
            let Some(inside) = path.strip_prefix("src/") else {
                continue;
            };
            let room = inside.split('/').next().unwrap_or(inside);
            let room = room.strip_suffix(".rs").unwrap_or(room);
            if room != "lib" && !ROOMS.contains(&room) {
                complaints.push(format!("{}: no other provider has this room", file.path));
            }
        }
    }
    complaints
}

#[test]
fn every_provider_has_the_same_rooms() {
    let files = files();
    assert!(
        providers(&files).contains("stripe"),
        "the rule finds no provider"
    );
    assert_none("the rooms of a provider", &shape(&files));
}

#[test]
fn a_provider_of_another_shape_is_seen() {
    let mut house: Vec<File> = [
        "client", "config", "error", "map", "provider", "spec", "webhook",
    ]
    .iter()
    .map(|room| File::invented(&format!("crates/acme/src/{room}.rs"), ""))
    .collect();
    house.push(File::invented("crates/acme/src/wire/session.rs", ""));
    house.push(File::invented("crates/acme/README.md", ""));
    house.push(File::invented("crates/acme/tests/contract.rs", ""));
    assert_eq!(shape(&house), [""; 0]);

    house.retain(|file| !file.path.ends_with("webhook.rs"));
    house.push(File::invented("crates/acme/src/signing.rs", ""));
    house.push(File::invented("crates/acme/src/lib.rs", &"\n".repeat(61)));
    assert_eq!(
        shape(&house),
        [
            "crates/acme/src/webhook.rs is missing: every provider has it",
            "crates/acme/src/signing.rs: no other provider has this room",
            "crates/acme/src/lib.rs: 61 lines, a signpost has 60 at most",
        ]
    );
}

/// Where any vendor may be named: the lists of providers, of stand-ins and of what can be recorded, the demo's stories,
/// what tells how to use a stand-in, and what tests the whole.
const ANY_VENDOR: &[&str] = &[
    "crates/bench/",
    "crates/gateway/src/demo",
    "crates/gateway/src/providers.rs",
    "crates/gateway/src/simulate",
    "crates/recorder/src/replace/tests.rs",
    "crates/recorder/src/vendor/mod.rs",
    "crates/recorder/src/vendor/tests.rs",
    "crates/recorder/tests/",
    "crates/simulator/src/scenario/",
    "crates/simulator/src/simulated.rs",
    "crates/simulator/src/simulator/tests",
    "crates/simulator/src/vendor.rs",
    "crates/testkit/tests/",
    "fixtures/",
    "tests/",
];

fn may_name(path: &str, vendor: &str) -> bool {
    let own = [
        format!("crates/{vendor}/"),
        format!("crates/recorder/src/vendor/{vendor}.rs"),
        format!("crates/simulator/src/{vendor}"),
        format!("crates/simulator/tests/{vendor}"),
    ];
    own.iter().any(|room| path.starts_with(room))
        || ANY_VENDOR.iter().any(|room| path.starts_with(room))
}

/// The one line by which the simulator's signpost knows a vendor's file.
fn opens_its_room(file: &File, line: &str, vendor: &str) -> bool {
    file.path == "crates/simulator/src/lib.rs" && line.trim().ends_with(&format!("mod {vendor};"))
}

/// Comments and strings count: what the code says about one vendor, it soon does for one vendor.
fn vendors_out_of_place(files: &[File]) -> Vec<String> {
    let vendors: BTreeSet<&str> = providers(files)
        .into_iter()
        .chain(VENDORS.iter().copied())
        .collect();
    let mut complaints = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.is_rust() || has_extension(&file.path, "sql"))
    {
        for vendor in vendors
            .iter()
            .filter(|vendor| !may_name(&file.path, vendor))
        {
            for (index, line) in file.text.lines().enumerate() {
                if line.to_lowercase().contains(vendor) && !opens_its_room(file, line, vendor) {
                    complaints.push(file.at(index, &format!("names {vendor}: {}", line.trim())));
                }
            }
        }
    }
    complaints
}

#[test]
fn a_vendor_is_named_only_in_its_own_rooms() {
    assert_none(
        "a vendor's name out of place",
        &vendors_out_of_place(&files()),
    );
}

#[test]
fn a_vendor_out_of_place_is_seen() {
    let house = [
        File::invented(
            "crates/stripe/src/lib.rs",
            "//! Stripe, unlike\n//! Onfido.",
        ),
        File::invented("crates/simulator/src/stripe/sign.rs", "// Stripe signs"),
        File::invented("crates/simulator/src/lib.rs", "pub mod stripe;"),
        File::invented("crates/gateway/src/providers.rs", "idv_stripe::Stripe"),
        File::invented(
            "crates/engine/src/fold.rs",
            "fn fold() {}\n// only for STRIPE",
        ),
        File::invented("crates/acme/src/lib.rs", ""),
        File::invented("crates/sqlite/migrations/0001.sql", "-- AcmeCorp"),
    ];
    assert_eq!(
        vendors_out_of_place(&house),
        [
            "crates/stripe/src/lib.rs:2: names onfido: //! Onfido.",
            "crates/engine/src/fold.rs:2: names stripe: // only for STRIPE",
            "crates/sqlite/migrations/0001.sql:1: names acme: -- AcmeCorp",
        ]
    );
}
