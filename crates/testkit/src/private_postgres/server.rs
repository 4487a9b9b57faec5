//! One server, from its first file to its last.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use url::Url;

use super::binaries;

/// Who runs the server if we are root: it refuses to run as root. By convention this is `nobody`.
const NOBODY: u32 = 65_534;
const PATIENCE: Duration = Duration::from_secs(60);
/// A socket's path may be 107 bytes long, and `/.s.PGSQL.5432` is added to it.
const LONGEST_FOLDER: usize = 90;

/// Runs the server until standard input ends, which it does when the process at its other end is gone, and clears
/// up. `$1` is the folder of the programs, `$2` the folder of the server; the rest are settings.
const SUPERVISOR: &str = r#"
programs=$1 folder=$2
shift 2
cd "$folder" || exit 1
"$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=200 \
    -c log_min_messages=fatal "$@" </dev/null >"$folder/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
cd / && rm -rf "$folder"
"#;

/// What becomes of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// It is gone with the machine, and nobody looks after tables meanwhile.
    ForTests,
    /// It is on disk once it is committed, as the server has it by itself.
    Durably,
}

impl Writing {
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::ForTests => &[
                "-cfsync=off",
                "-csynchronous_commit=off",
                "-cfull_page_writes=off",
                "-cautovacuum=off",
                "-cshared_buffers=64MB",
            ],
            Self::Durably => &["-cshared_buffers=128MB"],
        }
    }
}

/// Where databases are created.
#[derive(Debug)]
pub(super) struct Server {
    /// The programs' folder; none if `psql` is to be found on the path.
    programs: Option<PathBuf>,
    /// The URL of the database to create others from.
    admin: Url,
    /// As long as its standard input is open, the server runs.
    supervisor: Option<Mutex<Child>>,
}

impl Server {
    /// The server that was named, or a new one.
    pub(super) fn start(writing: Writing) -> Result<Self, String> {
        match std::env::var("IDV_TEST_POSTGRES_URL") {
            Ok(url) if !url.is_empty() => Ok(Self {
                programs: binaries::folder(),
                admin: Url::parse(&url).expect("IDV_TEST_POSTGRES_URL is a URL"),
                supervisor: None,
            }),
            _ => Self::start_private(writing),
        }
    }

    fn start_private(writing: Writing) -> Result<Self, String> {
        let programs = binaries::folder().ok_or(
            "Neither initdb, postgres and psql are installed, nor is IDV_TEST_POSTGRES_URL set.",
        )?;
        let folder = new_folder();
        let owner = std::fs::metadata(&folder)
            .expect("the folder is there")
            .uid();
        let is_root = owner == 0;
        if is_root {
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY))
                .expect("root may give a folder away");
        }
        let mut initdb = Command::new(programs.join("initdb"));
        initdb
            .arg("-D")
            .arg(folder.join("data"))
            .args(["--username=idv", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--no-instructions"]);
        let made = unprivileged(initdb, is_root, &folder)
            .output()
            .expect("initdb can be run");
        assert!(
            made.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut supervisor = Command::new("/bin/sh");
        supervisor
            .args(["-c", SUPERVISOR, "private-postgres"])
            .args([&programs, &folder])
            .args(writing.settings())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What is typed at the terminal to stop the tests must not stop the one that clears up after them.
            .process_group(0);
        let supervisor = unprivileged(supervisor, is_root, &folder)
            .spawn()
            .expect("a shell can be run");
        let host = folder.to_str().expect("the folder's name is UTF-8");
        let mut admin = Url::parse("postgres://idv@localhost/postgres").expect("it is a URL");
        admin.query_pairs_mut().append_pair("host", host);
        let server = Self {
            programs: Some(programs),
            admin,
            supervisor: Some(Mutex::new(supervisor)),
        };
        server.wait_until_it_answers(&folder.join("log"));
        Ok(server)
    }

    fn wait_until_it_answers(&self, log: &Path) {
        let began = Instant::now();
        while !self.psql(self.admin.as_str(), "SELECT 1").status.success() {
            assert!(
                began.elapsed() < PATIENCE,
                "the private Postgres does not answer: {}",
                std::fs::read_to_string(log).unwrap_or_default()
            );
            #[expect(
                clippy::disallowed_methods,
                reason = "the server tells nobody that it is ready; it has to be asked"
            )]
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn url_of(&self, database: &str) -> String {
        let mut url = self.admin.clone();
        url.set_path(database);
        url.into()
    }

    /// Whether it is of this process alone, so that whatever is left on it goes with it.
    pub(super) const fn is_private(&self) -> bool {
        self.supervisor.is_some()
    }

    /// Runs one statement, whatever comes of it.
    pub(super) fn try_to_run(&self, sql: &str) {
        let _ = self.psql(self.admin.as_str(), sql);
    }

    /// Runs one statement.
    pub(super) fn run(&self, sql: &str) {
        self.run_in(self.admin.as_str(), sql);
    }

    /// Runs SQL in the database at this URL.
    pub(super) fn run_in(&self, url: &str, sql: &str) {
        let output = self.psql(url, sql);
        // What psql says may hold the URL, but not its password.
        assert!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// What `pg_dump` says of one database.
    pub(super) fn dump(&self, url: &str) -> Vec<u8> {
        let output = Command::new(self.program("pg_dump"))
            .arg(url)
            .stdin(Stdio::null())
            .output()
            .expect("pg_dump can be run: install the package `postgresql-client`");
        assert!(
            output.status.success(),
            "pg_dump: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn program(&self, name: &str) -> PathBuf {
        match &self.programs {
            Some(folder) => folder.join(name),
            None => PathBuf::from(name),
        }
    }

    fn psql(&self, url: &str, sql: &str) -> std::process::Output {
        Command::new(self.program("psql"))
            .args([
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--command",
            ])
            .arg(sql)
            .arg(url)
            .stdin(Stdio::null())
            .output()
            .expect("psql can be run: install the package `postgresql-client`")
    }
}

/// The command as somebody without rights, in a folder that one may enter.
fn unprivileged(mut command: Command, is_root: bool, folder: &Path) -> Command {
    command.current_dir(folder);
    if is_root {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn new_folder() -> PathBuf {
    let mut parent = std::env::temp_dir();
    if parent.as_os_str().len() > LONGEST_FOLDER - 40 {
        parent = PathBuf::from("/tmp");
    }
    for number in 0_u32.. {
        let folder = parent.join(format!("idv-postgres-{}-{number}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&folder) {
            Ok(()) => return folder,
            // Left behind by a process of the same number, whose supervisor was killed too.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("no folder can be made in {}: {error}", parent.display()),
        }
    }
    unreachable!("there are more numbers than folders")
}
