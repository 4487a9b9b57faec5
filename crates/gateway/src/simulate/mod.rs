//! `idv simulate`: the vendors on this machine, for any application that is to be tried without an account anywhere.
//!
//! Everything is the simulator's: this is how it is asked for, and how it tells what goes on.

mod chaos;
mod list;
mod narrate;
mod options;
mod paste;
mod scenarios;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use idv_core::SystemClock;
use idv_http::{EndpointHttpSettings, EndpointTransport};
use idv_simulator::{Simulator, SimulatorBuilder, StartError, Vendor, VendorKind};
use url::Url;

use crate::cli::{Failure, Outcome};
use crate::server::EndSignals;
use crate::terminal;
use narrate::Narrator;
use options::{ForVendor, Scope};
pub(crate) use options::{anywhere, receiver_url};
use paste::Paste;
pub(crate) use paste::{account_table, stand_in};

const AFTER_HELP: &str = "\
A scenario of your own is a TOML file, named after itself:

  vendor = \"stripe\"
  title = \"Passed at the second try\"

  [[steps]]
  do = \"submit\"
  after_secs = 2

`idv simulate --list` shows those there are; what else a file can say: the README of idv-simulator.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Simulate {
    /// Simulate this vendor; may be given several times [default: all of them]
    #[arg(long = "vendor", value_name = "VENDOR", value_parser = options::read_vendor)]
    vendors: Vec<VendorKind>,
    /// Serve a vendor there, as VENDOR=ADDRESS:PORT [default: a fixed port of this machine for each]
    #[arg(long, value_name = "VENDOR=ADDRESS:PORT", value_parser = options::read_address)]
    listen: Vec<ForVendor<SocketAddr>>,
    /// Post webhooks there: of every vendor, or of one with VENDOR= before it
    #[arg(long, value_name = "[VENDOR=]URL", value_parser = options::read_url)]
    webhooks_to: Vec<ForVendor<Url>>,
    /// Trust these certificate authorities only, when webhooks go to https: a PEM file
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// The scenario of sessions that choose none. Without one they wait for somebody to fill in their page
    #[arg(long, value_name = "VENDOR=NAME", value_parser = options::read_scenario)]
    scenario: Vec<ForVendor<String>>,
    /// Scenarios of your own: a TOML file, or a folder of them. They take the place of those of the same name
    #[arg(long, value_name = "FILE|FOLDER")]
    scenarios: Vec<PathBuf>,
    /// Have things go wrong, with calls and with webhooks: this often, from 0 to 1
    #[arg(long, value_name = "PROBABILITY", value_parser = options::read_probability, conflicts_with = "chaos_file")]
    chaos: Option<f64>,
    /// Have things go wrong as often as this TOML file says, such as `[deliveries]` and `lost = 0.1`
    #[arg(long, value_name = "FILE")]
    chaos_file: Option<PathBuf>,
    /// Have the same things go wrong as another time [default: another one each time, which is told]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Let the delays of scenarios and of the vendor's repetitions pass so many times faster
    #[arg(long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    speed: u32,
    /// Show the scenarios there are, and begin nothing
    #[arg(long)]
    list: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

impl Simulate {
    pub(crate) async fn run(&self) -> Outcome {
        let wanted = |kind: &VendorKind| self.vendors.is_empty() || self.vendors.contains(kind);
        let kinds: Vec<_> = VendorKind::ALL.into_iter().filter(wanted).collect();
        let scope = Scope::new(&kinds);
        scope.check("--listen", &self.listen)?;
        scope.check("--webhooks-to", &self.webhooks_to)?;
        scope.check("--scenario", &self.scenario)?;
        let stand_ins: Vec<Arc<dyn Vendor>> = kinds.iter().map(|kind| stand_in(*kind)).collect();
        let library = scenarios::library(&self.scenarios, &stand_ins)?;
        for usual in &self.scenario {
            scenarios::must_know(&library, usual)?;
        }
        let chaos = chaos::Wanted {
            probability: self.chaos,
            file: self.chaos_file.as_deref(),
            seed: self.seed,
        };
        let chaos = chaos.read(&SystemClock)?;
        if self.list {
            return list::say(&library, &kinds, self.json);
        }
        let mut end_signals = EndSignals::listen()
            .map_err(|error| Failure::failed(format!("signals cannot be heard ({error})")))?;

        let narrator = Narrator::new(&stand_ins, self.speed, self.json);
        let mut builder = Simulator::builder()
            .library(library)
            .chaos(chaos.chaos)
            .speed(self.speed)
            .deliver_through(Arc::new(self.way_to_receivers()?))
            .watch(Arc::new(narrator));
        for vendor in &stand_ins {
            builder = self.with(builder, vendor);
        }
        let simulator = builder
            .start()
            .await
            .map_err(|error| cannot_start(&error))?;

        let pastes: Vec<_> = stand_ins
            .iter()
            .map(|vendor| Paste::of(vendor.kind(), &simulator.base_url(vendor.kind())))
            .collect();
        let introduction = paste::Introduction {
            pastes: &pastes,
            webhooks_to: &self.webhooks_to,
            usual: &self.scenario,
            seed: chaos.seed,
        };
        introduction.say(self.json)?;
        end_signals.next().await;
        drop(simulator);
        if !self.json {
            terminal::say("ended");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// With this vendor, where it is to be, and what belongs to it.
    fn with(&self, mut builder: SimulatorBuilder, vendor: &Arc<dyn Vendor>) -> SimulatorBuilder {
        let kind = vendor.kind();
        let chosen = self.listen.iter().find(|listen| listen.is_for(kind));
        let address = chosen.map_or_else(|| paste::usual_address(kind), |listen| listen.value);
        builder = builder.vendor(Arc::clone(vendor)).listen(kind, address);
        for usual in self.scenario.iter().filter(|usual| usual.is_for(kind)) {
            builder = builder.usual_scenario(kind, &usual.value);
        }
        for url in self.webhooks_to.iter().filter(|url| url.is_for(kind)) {
            vendor.add_endpoint(url.value.as_str());
        }
        builder
    }

    /// Receivers are where the user says: on this machine, in their network or on the internet.
    fn way_to_receivers(&self) -> Result<EndpointTransport, Failure> {
        let mut settings = EndpointHttpSettings::default();
        settings.policy = anywhere();
        settings.ca_file.clone_from(&self.ca_file);
        EndpointTransport::new(&settings)
            .map_err(|error| Failure::usage(format!("--ca-file: {error}")))
    }
}

fn cannot_start(error: &StartError) -> Failure {
    match error {
        StartError::Listen { vendor, .. } => Failure::failed(format!(
            "{error}: end what listens there, or choose another port with --listen {vendor}=127.0.0.1:PORT"
        )),
        StartError::Scenario(error) => Failure::usage(error.to_string()),
    }
}
