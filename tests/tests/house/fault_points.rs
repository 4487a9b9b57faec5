//! No release has fault points: the feature is off unless the tests' own program asks for it.

use crate::workspace::{File, assert_none, files};

const FEATURE: &str = "fault-points";
/// Where the feature may be named: where it is defined, and in the program that is tested.
const MAY_NAME_IT: &[&str] = &["crates/gateway/Cargo.toml", "tests/Cargo.toml"];

fn ways_into_a_release(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        let is_manifest = file.path == "Cargo.toml" || file.path.ends_with("/Cargo.toml");
        let mut table = "";
        for (index, line) in file.text.lines().enumerate() {
            if line.starts_with('[') {
                table = line;
            }
            if is_manifest && line.contains(FEATURE) {
                if !MAY_NAME_IT.contains(&file.path.as_str()) {
                    complaints
                        .push(file.at(index, "only the program that is tested has fault points"));
                } else if table == "[features]"
                    && !line.starts_with(FEATURE)
                    && !line.starts_with('#')
                {
                    complaints.push(file.at(index, "no feature brings fault points along"));
                }
            }
            let builds_release = line.contains("cargo") && line.contains("--release");
            let builds_more = ["--workspace", "--all-features", FEATURE]
                .iter()
                .any(|more| line.contains(more));
            if file.path.starts_with(".ci/") && builds_release && builds_more {
                complaints.push(file.at(index, "a release is built of the gateway alone"));
            }
        }
        let builds_by_default = "default-members = [\"crates/gateway\"]";
        if file.path == "Cargo.toml" && !file.text.contains(builds_by_default) {
            let complaint = "without naming a package, it is the gateway alone that is built";
            complaints.push(file.at(0, complaint));
        }
    }
    complaints
}

#[test]
fn no_release_has_fault_points() {
    assert_none("a way into a release", &ways_into_a_release(&files()));
}

#[test]
fn a_release_with_fault_points_is_seen() {
    let house = [
        File::invented("Cargo.toml", "[workspace]\n"),
        File::invented(
            "crates/gateway/Cargo.toml",
            "[features]\nfault-points = []\ndefault = [\"fault-points\"]\n",
        ),
        File::invented("crates/bench/Cargo.toml", "features = [\"fault-points\"]\n"),
        File::invented(
            "tests/Cargo.toml",
            "[dependencies]\nidv-gateway = { features = [\"fault-points\"] }\n",
        ),
        File::invented(".ci/run", "cargo build --release --workspace\n"),
    ];
    assert_eq!(
        ways_into_a_release(&house),
        [
            "Cargo.toml:1: without naming a package, it is the gateway alone that is built",
            "crates/gateway/Cargo.toml:3: no feature brings fault points along",
            "crates/bench/Cargo.toml:1: only the program that is tested has fault points",
            ".ci/run:1: a release is built of the gateway alone",
        ]
    );
}
