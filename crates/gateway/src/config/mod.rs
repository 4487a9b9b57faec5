//! The configuration: the file compiled in, the operator's file over it, the environment over both.

mod accounts;
mod database;
mod endpoints;
mod environment;
mod evidence;
mod mail;
mod networks;
mod options;
mod policy;
mod print;
mod problem;
mod reconciler;
mod secrets;
mod section;
mod server;
mod settings;
mod siblings;
mod telemetry;
mod tree;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use database::DatabaseSettings;
pub use mail::{MailSecurity, MailSettings};
pub use problem::{Problem, Problems};
pub use server::{ClientAddress, ServerSettings};
pub use settings::{AccountSettings, LogFormat, LogSettings, MasterKeySource, Settings};
pub use telemetry::TelemetrySettings;
pub(crate) use tree::Node;

pub(crate) use options::read as read_options;
pub(crate) use print::print;

/// Every setting with its unit and its default. What is not in the operator's file is as it stands here.
pub const DEFAULT_FILE: &str = include_str!("../../config/default.toml");

/// The file that is read if it is there and none was named.
pub const USUAL_FILE: &str = "idv.toml";

/// A configuration that was read and checked.
pub struct Loaded {
    /// What it says.
    pub settings: Settings,
    /// What was written, where. For printing.
    pub(crate) tree: Node,
    /// The operator's file, if there is one.
    pub file: Option<PathBuf>,
}

/// Reads and checks a configuration.
///
/// `file`: the operator's file; none for [`USUAL_FILE`] if it exists. `environment`: the process's variables.
///
/// # Errors
/// Everything that is wrong, each with its place and remedy.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Loaded, Problems> {
    let file = file
        .map(Path::to_owned)
        .or_else(|| Some(PathBuf::from(USUAL_FILE)).filter(|usual| usual.is_file()));
    let mut problems = Vec::new();
    let mut layer = |layer: Result<Node, Vec<Problem>>| match layer {
        Ok(node) => Some(node),
        Err(found) => {
            problems.extend(found);
            None
        }
    };
    let defaults = layer(tree::parse(DEFAULT_FILE, None));
    let written = file.as_deref().and_then(|path| layer(read_file(path)));
    let environment = layer(environment::read(environment));

    let mut tree = defaults.unwrap_or_else(|| Node::empty_table(tree::Origin::Default));
    for over in [written, environment].into_iter().flatten() {
        tree.overlay(over);
    }
    // Of a file that could not be read, nothing more is said: it would all be missing.
    let settings = if problems.is_empty() {
        settings::read(tree.clone(), &mut problems)
    } else {
        None
    };
    match (settings, Problems::from_list(problems)) {
        (Some(settings), None) => Ok(Loaded {
            settings,
            tree,
            file,
        }),
        (_, Some(problems)) => Err(problems),
        (None, None) => Err(Problems::unexplained()),
    }
}

fn read_file(path: &Path) -> Result<Node, Vec<Problem>> {
    let problem = |what: String, remedy: &str| {
        vec![Problem {
            place: path.display().to_string(),
            key: String::new(),
            what,
            remedy: remedy.to_owned(),
        }]
    };
    let bytes = std::fs::read(path).map_err(|error| {
        problem(
            format!("cannot be read ({error})"),
            "name an existing file with --config or IDV_CONFIG and let this user read it",
        )
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| problem("is not UTF-8 text".to_owned(), "save it as UTF-8"))?;
    tree::parse(&text, Some(path))
}
