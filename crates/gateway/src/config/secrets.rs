//! Secrets, given directly or in a file of their own: `api_key` or `api_key_file`.

use std::fs::File;
use std::io::Read as _;

use idv_core::Secret;

use super::section::{Complaints, Found, Section};
use crate::master_key::exposed_mode;

/// What is asked of a list of secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// There is at least one.
    AtLeastOne,
    /// There may be none; a file of them is for its owner only, as the master key's own file is.
    OldMasterKeys,
}

/// One secret, from its key or from the file its `_file` key names.
pub(super) fn one(
    section: &mut Section,
    key: &'static str,
    file_key: &'static str,
    complaints: &mut Complaints,
) -> Option<Found<Secret>> {
    let direct = section.text(key, "the secret in quotes", complaints);
    let file = section.text(
        file_key,
        "the path of a file that holds the secret",
        complaints,
    );
    match (direct, file) {
        (Some(direct), None) => Some(Found {
            value: Secret::new(direct.value),
            origin: direct.origin,
        }),
        (None, Some(file)) => {
            let text = contents(section, file_key, &file, Demand::AtLeastOne, complaints)?;
            let secret = Secret::new(text.expose().trim_end_matches(['\r', '\n']).to_owned());
            if secret.is_blank() {
                blank_file(section, file_key, &file, complaints);
                return None;
            }
            Some(Found {
                value: secret,
                origin: file.origin,
            })
        }
        (Some(_), Some(file)) => {
            given_twice(section, key, file_key, &file, complaints);
            None
        }
        (None, None) => None,
    }
}

/// Several secrets, from a list or from a file with one per line.
pub(super) fn several(
    section: &mut Section,
    key: &'static str,
    file_key: &'static str,
    demand: Demand,
    complaints: &mut Complaints,
) -> Option<Vec<Found<Secret>>> {
    let direct = section.texts(key, "a list of secrets in quotes", complaints);
    let file = section.text(
        file_key,
        "the path of a file with one secret per line",
        complaints,
    );
    match (direct, file) {
        (Some(direct), None) if direct.value.is_empty() && demand == Demand::AtLeastOne => {
            let name = section.name_of(key);
            complaints.add(
                &direct.origin,
                &name,
                "is an empty list",
                "give at least one secret",
            );
            None
        }
        (Some(direct), None) => {
            let secrets = direct.value.into_iter().map(|text| Found {
                value: Secret::new(text.value),
                origin: text.origin,
            });
            Some(secrets.collect())
        }
        (None, Some(file)) => {
            let text = contents(section, file_key, &file, demand, complaints)?;
            let secrets: Vec<_> = text
                .expose()
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| Found {
                    value: Secret::from(line),
                    origin: file.origin.clone(),
                })
                .collect();
            if secrets.is_empty() {
                blank_file(section, file_key, &file, complaints);
                return None;
            }
            Some(secrets)
        }
        (Some(_), Some(file)) => {
            given_twice(section, key, file_key, &file, complaints);
            None
        }
        (None, None) => None,
    }
}

fn contents(
    section: &Section,
    file_key: &str,
    file: &Found<String>,
    demand: Demand,
    complaints: &mut Complaints,
) -> Option<Secret> {
    let read = || {
        let mut open = File::open(&file.value)?;
        let exposed = match demand {
            Demand::AtLeastOne => None,
            Demand::OldMasterKeys => exposed_mode(&open)?,
        };
        let mut bytes = Vec::new();
        open.read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>((exposed, bytes))
    };
    match read().map(|(exposed, bytes)| (exposed, String::from_utf8(bytes))) {
        Ok((Some(mode), _)) => {
            complaints.add(
                &file.origin,
                &section.name_of(file_key),
                &format!(
                    "names a file that others can read or change (mode {mode:o}), and master keys are in it"
                ),
                &format!("run `chmod 600 {}`", file.value),
            );
            None
        }
        Ok((None, Ok(text))) => Some(Secret::new(text)),
        Ok((None, Err(_))) => {
            complaints.add(
                &file.origin,
                &section.name_of(file_key),
                "names a file that is not UTF-8 text",
                "write the secret into it as plain text",
            );
            None
        }
        Err(error) => {
            complaints.add(
                &file.origin,
                &section.name_of(file_key),
                &format!("names a file that cannot be read ({error})"),
                "put the secret there and let this user read it",
            );
            None
        }
    }
}

fn blank_file(
    section: &Section,
    file_key: &str,
    file: &Found<String>,
    complaints: &mut Complaints,
) {
    complaints.add(
        &file.origin,
        &section.name_of(file_key),
        "names a file with no secret in it",
        "put the secret there, or leave the key out",
    );
}

fn given_twice(
    section: &Section,
    key: &str,
    file_key: &str,
    file: &Found<String>,
    complaints: &mut Complaints,
) {
    complaints.add(
        &file.origin,
        &section.name_of(file_key),
        &format!("is given, and {key} as well"),
        "keep one of the two",
    );
}
