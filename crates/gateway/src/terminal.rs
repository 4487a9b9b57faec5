//! Talking to people and to other programs: the one place that writes to standard output and standard error.

use std::io::{IsTerminal, Write as _};

/// Writes a line to standard output. A reader that has gone away is not an error: nobody is left to tell.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Writes a line to standard error.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Whether to colour what goes there: only on a terminal, and not if `NO_COLOR` is set to anything
/// (<https://no-color.org>).
pub(crate) fn colours(stream: &impl IsTerminal) -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !unwanted && !dumb
}

/// A colour, by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Good,
    Bad,
    Waiting,
    Faint,
    Strong,
}

impl Ink {
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Bad => "31",
            Self::Waiting => "33",
            Self::Faint => "2",
            Self::Strong => "1",
        }
    }

    /// The text in this colour, or as it is.
    pub(crate) fn paint(self, text: &str, colours: bool) -> String {
        if colours {
            format!("\u{1b}[{}m{text}\u{1b}[0m", self.code())
        } else {
            text.to_owned()
        }
    }
}
