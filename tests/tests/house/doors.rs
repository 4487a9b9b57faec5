//! Functions that give away trust or personal data: each is called in the rooms named here and nowhere else.

use crate::workspace::{File, assert_none, files};

/// A function or a value, and the rooms that may use it.
struct Door {
    /// As it is written at the place of use.
    word: &'static str,
    rooms: &'static [&'static str],
    why: &'static str,
}

const DOORS: &[Door] = &[
    Door {
        word: "restored_from_inbox(",
        // The mutation tests build a provider that believes anything, to see that somebody notices.
        rooms: &["crates/core/", "crates/engine/", "tests/tests/mutation/"],
        why: "only the engine may vouch that a delivery was verified before it was stored",
    },
    Door {
        word: "Purpose::SendToVendor",
        rooms: &["crates/core/", "provider crates", "crates/testkit/src/fake"],
        why: "only a provider, or the fake one, speaks to a vendor",
    },
    Door {
        word: "Purpose::Store",
        rooms: &["crates/core/", "crates/engine/"],
        why: "only the engine encrypts and stores, so that a store only ever sees ciphertext",
    },
    Door {
        word: "Purpose::SendMail",
        rooms: &["crates/core/", "crates/gateway/src/mail"],
        why: "only the mailer writes to a person",
    },
    Door {
        word: "Purpose::AnswerApplication",
        rooms: &["crates/core/", "crates/gateway/"],
        why: "only the gateway answers an application",
    },
    Door {
        word: "Purpose::Test",
        rooms: &["tests"],
        why: "code that runs in front of people has a better reason to read a person's data",
    },
];

impl Door {
    fn is_open_at(&self, file: &File, line_index: usize) -> bool {
        self.rooms.iter().any(|room| match *room {
            "tests" => is_test(file, line_index),
            "provider crates" => crate::providers::is_provider(&file.path),
            folder => file.path.starts_with(folder),
        })
    }
}

/// In a tests folder, the testkit, or behind the `#[cfg(test)]` that ends a file. Documentation examples are
/// tests as well.
fn is_test(file: &File, line_index: usize) -> bool {
    let in_a_folder = file.path.starts_with("tests/")
        || file.path.starts_with("crates/testkit/")
        || file.path.contains("/tests/")
        || file.path.ends_with("/tests.rs");
    let behind_the_line = file
        .text
        .lines()
        .position(|line| line == "#[cfg(test)]")
        .is_some_and(|begins| begins < line_index);
    let in_an_example = file
        .text
        .lines()
        .nth(line_index)
        .is_some_and(|line| line.trim_start().starts_with("//"));
    in_a_folder || behind_the_line || in_an_example
}

fn used_elsewhere(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for (index, line) in file.text.lines().enumerate() {
            for door in DOORS.iter().filter(|door| line.contains(door.word)) {
                if !door.is_open_at(file, index) {
                    complaints.push(file.at(index, &format!("{}: {}", door.word, door.why)));
                }
            }
        }
    }
    complaints
}

#[test]
fn trust_and_personal_data_leave_only_through_named_rooms() {
    let files = files();
    for door in DOORS {
        let name = door
            .word
            .trim_end_matches('(')
            .rsplit("::")
            .next()
            .unwrap_or(door.word);
        let mut core = files
            .iter()
            .filter(|file| file.path.starts_with("crates/core/src/"));
        assert!(
            core.any(|file| file.text.contains(name)),
            "core has no {name} any more: the rule about it guards nothing"
        );
    }
    assert_none("a door is open in the wrong room", &used_elsewhere(&files));
}

#[test]
fn a_door_open_in_the_wrong_room_is_seen() {
    let house = [
        File::invented(
            "crates/engine/src/inbox.rs",
            "VerifiedWebhook::restored_from_inbox(body)",
        ),
        File::invented(
            "crates/gateway/src/api.rs",
            "\nVerifiedWebhook::restored_from_inbox(body)",
        ),
        File::invented(
            "crates/acme/src/client.rs",
            "person.expose(Purpose::SendToVendor)",
        ),
        File::invented("crates/sqlite/src/rows.rs", "person.expose(Purpose::Store)"),
        File::invented(
            "crates/acme/src/map.rs",
            "person.expose(Purpose::Test);\n#[cfg(test)]\nmod tests {\n    person.expose(Purpose::Test);\n}",
        ),
    ];
    let complaints = used_elsewhere(&house);
    let places: Vec<&str> = complaints
        .iter()
        .filter_map(|complaint| complaint.split_once(": ").map(|(place, _)| place))
        .collect();
    assert_eq!(
        places,
        [
            "crates/gateway/src/api.rs:2",
            "crates/sqlite/src/rows.rs:1",
            "crates/acme/src/map.rs:1"
        ]
    );
}
