//! What may depend on what. deny.toml keeps the part about third parties a second time, for whoever adds a line
//! to a manifest without running the tests.

use std::collections::BTreeSet;

use crate::workspace::{Dependency, Kind, Package, assert_none, cargo, packages, root};

/// The crates every other one may build on. A crate that is not listed is a provider: core and nothing else of ours.
const MAY_DEPEND_ON: &[(&str, Ours)] = &[
    ("idv-core", Ours::These(&[])),
    ("idv-http", Ours::These(&["idv-core"])),
    ("idv-engine", Ours::These(&["idv-core"])),
    ("idv-sqlite", Ours::These(&["idv-core", "idv-engine"])),
    ("idv-postgres", Ours::These(&["idv-core", "idv-engine"])),
    // Never a provider: a stand-in that shares a provider's mistake would agree with it.
    ("idv-simulator", Ours::These(&["idv-core"])),
    // Not a part of the testkit, for the program records too, and the program must not depend on the testkit. The
    // simulator signs for it; a provider would agree with its own mistakes.
    ("idv-recorder", Ours::These(&["idv-core", "idv-simulator"])),
    ("idv-testkit", Ours::These(&["idv-core"])),
    (
        "idv-gateway",
        Ours::AllBut(&["idv-testkit", "idv-bench", "idv-tests"]),
    ),
    ("idv-bench", Ours::AllBut(&["idv-tests"])),
    ("idv-tests", Ours::AllBut(&[])),
];

/// The packages of this workspace that a crate may name among its normal dependencies.
#[derive(Clone, Copy)]
enum Ours {
    These(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

impl Ours {
    fn of(package: &str) -> Self {
        MAY_DEPEND_ON
            .iter()
            .find(|(name, _)| *name == package)
            .map_or(Self::These(&["idv-core"]), |(_, ours)| *ours)
    }

    fn allows(self, dependency: &str) -> bool {
        match self {
            Self::These(names) => names.contains(&dependency),
            Self::AllBut(names) => !names.contains(&dependency),
        }
    }
}

/// Third parties that one room keeps to itself, tests included.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("reqwest", &["idv-http", "idv-tests"]),
    ("axum", &["idv-gateway"]),
    ("lettre", &["idv-gateway"]),
    ("metrics-exporter-prometheus", &["idv-gateway"]),
    ("opentelemetry", &["idv-gateway"]),
    ("opentelemetry-otlp", &["idv-gateway"]),
    ("opentelemetry_sdk", &["idv-gateway"]),
    ("tracing-opentelemetry", &["idv-gateway"]),
    ("utoipa", &["idv-core", "idv-gateway"]),
    ("utoipa-axum", &["idv-gateway"]),
    ("utoipa-swagger-ui", &["idv-gateway"]),
    ("sqlx", &["idv-sqlite", "idv-postgres"]),
    ("wiremock", &["idv-testkit"]),
];

/// What must not come along, even through a third party, when somebody embeds the crate.
/// A crate that is not listed and not in [`MAY_DEPEND_ON`] is a provider and held to [`PROVIDER_IS_WITHOUT`].
const IS_WITHOUT: &[(&str, &[&str])] = &[
    // Core derives schemas behind its feature `schema`, and only then.
    (
        "idv-core",
        &["tokio", "reqwest", "hyper", "sqlx", "axum", "utoipa"],
    ),
    // It measures; where to is chosen by whoever embeds it.
    (
        "idv-engine",
        &[
            "reqwest",
            "hyper",
            "sqlx",
            "axum",
            "utoipa",
            "metrics_exporter_prometheus",
            "opentelemetry",
        ],
    ),
    ("idv-http", &["sqlx", "axum", "utoipa"]),
    ("idv-sqlite", &["reqwest", "hyper", "axum", "utoipa"]),
    ("idv-postgres", &["reqwest", "hyper", "axum", "utoipa"]),
    ("idv-simulator", &["reqwest", "sqlx", "utoipa"]),
    ("idv-recorder", &["reqwest", "sqlx", "axum", "utoipa"]),
    ("idv-testkit", &["reqwest", "sqlx", "axum", "utoipa"]),
];

const PROVIDER_IS_WITHOUT: &[&str] = &["tokio", "reqwest", "hyper", "sqlx", "axum", "utoipa"];

fn outside_the_table(packages: &[Package]) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in packages {
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let is_ours = packages.iter().any(|package| package.name == name);
            if is_ours && dependency.kind == Kind::Normal && !Ours::of(&package.name).allows(name) {
                complaints.push(format!("{} must not depend on {name}", package.name));
            }
            let kept = ONLY_IN.iter().find(|(third_party, _)| *third_party == name);
            if let Some((_, rooms)) = kept
                && !rooms.contains(&package.name.as_str())
            {
                complaints.push(format!(
                    "{} must not depend on {name}: it stays in {}",
                    package.name,
                    rooms.join(", ")
                ));
            }
        }
    }
    complaints
}

#[test]
fn every_crate_depends_only_on_what_the_table_allows() {
    assert_none(
        "a dependency that the table does not have",
        &outside_the_table(&packages()),
    );
}

#[test]
fn a_dependency_outside_the_table_is_seen() {
    let house = [
        package("idv-core", &[]),
        package("idv-engine", &[("idv-core", Kind::Normal)]),
        package(
            "idv-newvendor",
            &[("idv-engine", Kind::Normal), ("reqwest", Kind::Dev)],
        ),
    ];
    assert_eq!(
        outside_the_table(&house),
        [
            "idv-newvendor must not depend on idv-engine",
            "idv-newvendor must not depend on reqwest: it stays in idv-http, idv-tests",
        ]
    );
}

/// The packages a crate brings along, as somebody who depends on it gets them: `cargo tree -e normal`.
fn brings(package: &str) -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{lib}",
        "--offline",
    ]);
    tree.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn embedding_a_crate_brings_no_runtime_network_sql_or_web() {
    let mut complaints = Vec::new();
    for package in packages() {
        let listed = IS_WITHOUT.iter().find(|(name, _)| *name == package.name);
        let without = match listed {
            Some((_, without)) => without,
            None if MAY_DEPEND_ON.iter().any(|(name, _)| *name == package.name) => continue,
            None => PROVIDER_IS_WITHOUT,
        };
        let brought = brings(&package.name);
        assert!(
            brought.contains("idv_core"),
            "cargo tree for {} does not even show core",
            package.name
        );
        for name in without.iter().filter(|name| brought.contains(**name)) {
            complaints.push(format!(
                "{} brings {name}: see `cargo tree -p {} -e normal -i {name}`",
                package.name, package.name
            ));
        }
    }
    assert_none("a crate brings what its users must not get", &complaints);
}

fn unused_lines(manifest: &str, packages: &[Package]) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().expect("the top Cargo.toml is TOML");
    let lines = manifest["workspace"]["dependencies"]
        .as_table()
        .expect("the workspace has dependencies");
    lines
        .keys()
        .filter(|line| {
            let mut all = packages.iter().flat_map(|package| &package.dependencies);
            !all.any(|dependency| dependency.name == **line)
        })
        .map(|line| format!("Cargo.toml: [workspace.dependencies] {line} is used by no crate"))
        .collect()
}

#[test]
fn every_workspace_dependency_is_used() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("a top Cargo.toml");
    assert_none("a line nobody uses", &unused_lines(&manifest, &packages()));
}

#[test]
fn a_workspace_dependency_nobody_uses_is_seen() {
    let manifest = "[workspace.dependencies]\nserde = \"1\"\nurl = { version = \"2\" }";
    let house = [package("idv-core", &[("serde", Kind::Normal)])];
    assert_eq!(
        unused_lines(manifest, &house),
        ["Cargo.toml: [workspace.dependencies] url is used by no crate"]
    );
}

fn package(name: &str, dependencies: &[(&str, Kind)]) -> Package {
    Package {
        name: name.to_owned(),
        folder: String::new(),
        dependencies: dependencies
            .iter()
            .map(|(name, kind)| Dependency {
                name: (*name).to_owned(),
                kind: *kind,
            })
            .collect(),
    }
}
