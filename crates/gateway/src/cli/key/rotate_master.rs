//! `idv key rotate-master`.

use std::process::ExitCode;

use clap::Args;
use idv_engine::Engine;
use idv_engine::crypt::{KeyRing, MasterKey, MasterKeys, Rewrapped, Rotated};
use idv_engine::store::Store;
use serde::Serialize;

use super::super::{ConfigFile, Failure, Outcome};
use crate::config::{MasterKeySource, Settings};
use crate::gateway::{OpenProblem, open_database, reasons};
use crate::{master_key, terminal};

const PROCEDURE: &str = "\
How to replace the master key, without a pause:

1. Make a new key, for the owner only:
     (umask 077; openssl rand -base64 32 > idv-master-2.key)
2. Give the servers both keys, and restart them:
     [encryption]
     master_key_file = \"idv-master-2.key\"
     old_master_keys_file = \"idv-master.key\"
   (in the environment: IDV_ENCRYPTION__MASTER_KEY and IDV_ENCRYPTION__OLD_MASTER_KEYS__0)
   Several servers that restart one after the other: first let each know the new key, by naming its file in
   old_master_keys_file while master_key_file is still the earlier one. Then swap the two.
3. Run `idv key rotate-master` with the same configuration. It wraps every data key anew and touches no data. The
   servers go on; if it is killed, run it again and it does the rest.
4. It says which key wraps everything now, and which one is no longer needed, by their ids and settings. Take the
   latter out of the configuration, and restart. A server refuses to start as long as something needs
   a key it was not given.

Keep the earlier key for as long as you keep backups from before. If the earlier key was stolen together with a copy
of the database, what is in that copy can be read with it: nothing done here changes that.";

#[derive(Debug, Args)]
#[command(after_long_help = PROCEDURE, after_help = "`--help` shows the whole procedure.")]
pub(in crate::cli) struct RotateMaster {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Serialize)]
struct RotatedJson<'a> {
    master_key_id: &'a str,
    /// The ids of the earlier keys: nothing is wrapped by them any more.
    no_longer_needed: &'a [String],
    rewrapped: u64,
    already: u64,
    index_rewrapped: bool,
    scrubbed: bool,
}

impl RotateMaster {
    pub(in crate::cli) async fn run(&self) -> Outcome {
        let settings = self.config.load()?.settings;
        let database = open_database(&settings).await?;
        let rotated = self.rotate(&settings, &*database.store()).await;
        database.close().await;
        let (rotated, earlier) = rotated?;
        self.tell(&settings, &rotated, &earlier)?;
        Ok(ExitCode::SUCCESS)
    }

    /// What was done, and the ids of the keys that were in use before.
    async fn rotate(
        &self,
        settings: &Settings,
        store: &dyn Store,
    ) -> Result<(Rotated, Vec<String>), Failure> {
        let initialised = Engine::is_initialised(store).await;
        if !initialised.map_err(|error| Failure::failed(reasons(&error)))? {
            return Err(Failure::usage(format!(
                "{} was never used with a master key, so there is nothing to rotate: is it the database of the \
                 servers?",
                settings.database
            )));
        }
        let keys: MasterKeys = master_key::obtain(settings, store)
            .await
            .map_err(OpenProblem::from)?;
        let current = keys.current.key_id();
        let mut earlier: Vec<_> = keys.earlier.iter().map(MasterKey::key_id).collect();
        earlier.retain(|id| *id != current);
        let ring = KeyRing::open(store, keys)
            .await
            .map_err(|error| OpenProblem::of(error, settings))?;
        if earlier.is_empty() {
            return Err(Failure::usage(format!(
                "nothing to rotate: everything is wrapped by the key of {} ({current}), and no other key is \
                 configured. Configure the new key there, and the one it replaces in \
                 encryption.old_master_keys_file: see `idv key rotate-master --help`",
                setting_of(&settings.master_key)
            )));
        }
        let mut progress = Progress {
            shown: !self.json,
            tenths: 0,
        };
        let rotated = ring.rotate(store, |so_far| progress.tell(so_far)).await;
        let rotated = rotated.map_err(|error| {
            Failure::failed(format!(
                "{}; what is done stays done: run it again",
                reasons(&error)
            ))
        })?;
        Ok((rotated, earlier))
    }

    fn tell(
        &self,
        settings: &Settings,
        rotated: &Rotated,
        earlier: &[String],
    ) -> Result<(), Failure> {
        if self.json {
            return super::say_json(&RotatedJson {
                master_key_id: &rotated.master_key_id,
                no_longer_needed: earlier,
                rewrapped: rotated.rewrapped,
                already: rotated.already,
                index_rewrapped: rotated.index_rewrapped,
                scrubbed: rotated.scrubbed,
            });
        }
        let Rotated {
            master_key_id,
            rewrapped,
            already,
            index_rewrapped,
            scrubbed,
        } = rotated;
        let setting = setting_of(&settings.master_key);
        let old_setting = settings.old_master_keys_setting;
        let earlier = earlier.join(", ");
        terminal::say(&format!(
            "Everything is wrapped by the key of {setting} ({master_key_id}): {rewrapped} data keys were re-wrapped, \
             {already} had been before. Keep that key. No longer needed: {earlier}, from {old_setting}; take it out \
             of the configuration, and restart the servers."
        ));
        if *rewrapped == 0 && !index_rewrapped {
            terminal::complain(&format!(
                "idv: nothing was left to wrap anew. If {earlier} is the key that should count from now on, the two \
                 have not been swapped in the configuration yet: swap them, restart the servers, and run this again",
            ));
        }
        if !scrubbed {
            terminal::complain(
                "idv: the earlier wrappings may still be in the files of the database, because somebody was reading \
                 it all the time (a backup?): run this again when that has ended",
            );
        }
        Ok(())
    }
}

/// The setting the current master key comes from.
const fn setting_of(source: &MasterKeySource) -> &'static str {
    match source {
        MasterKeySource::Given(_) => "encryption.master_key",
        MasterKeySource::File(_) => "encryption.master_key_file",
    }
}

/// Says how far it is, at every tenth.
struct Progress {
    shown: bool,
    tenths: u64,
}

impl Progress {
    fn tell(&mut self, so_far: Rewrapped) {
        let Rewrapped { done, to_do } = so_far;
        let tenths = done
            .saturating_mul(10)
            .checked_div(to_do)
            .unwrap_or_default();
        if self.shown && tenths > self.tenths {
            self.tenths = tenths;
            terminal::complain(&format!("idv: {done} of {to_do} data keys"));
        }
    }
}
