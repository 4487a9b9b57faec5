//! What has come of a run.

use idv_simulator::VendorKind;
use serde_json::Value;

use super::application::{Listed, read_all};
use super::checks::{self, Check, Told};
use super::report::Report;
use super::run::Stage;
use super::vendors::account;

impl Stage<'_> {
    /// Looks at everything. `followed`: the feed, as somebody read it while it grew.
    pub(super) async fn report(&self, followed: &[Listed]) -> Report {
        let arrivals = self.endpoint.arrivals();
        let pages = std::mem::take(&mut *self.ledger.pages());
        let mut figures = vec![
            ("webhooks", pages.sent.len().into()),
            ("acknowledgements", pages.acknowledgements.into()),
            ("posts the network repeated", self.network.repeated().into()),
            ("sessions", pages.sessions.len().into()),
            (
                "requests of the application",
                self.asker.subjects().len().into(),
            ),
            (
                "questions that had to be repeated",
                self.asker.repeated().into(),
            ),
            ("forgeries refused", pages.refusals.into()),
            ("posts without an answer", pages.unanswered.into()),
            ("posts put off", pages.put_off.into()),
            ("events at the endpoint", arrivals.events.len().into()),
            ("posts to the endpoint", arrivals.posts.into()),
            ("events the endpoint refused once", arrivals.refused.into()),
            ("kills", self.kills.count().into()),
        ];
        self.count_calls(&mut figures);
        let mut list = vec![
            Check::new(
                "genuine webhooks are taken in, forged ones are refused",
                pages.sent.len(),
                pages.wrong_answers.iter().cloned().collect(),
            ),
            Check::new(
                "whatever was to happen at the vendors happened, and they gave nothing up",
                self.made.sessions(),
                pages.not_done.iter().cloned().collect(),
            ),
            self.deaths(),
            self.calls(),
        ];
        list.extend(checks::inbox(&*self.store, &pages).await);
        let requests = checks::all_requests(&*self.store).await;
        let asked_about = self.asker.subjects();
        let vendors = &self.vendors;
        let of_requests = checks::requests(&*self.store, &requests, &pages, vendors, &asked_about);
        list.extend(of_requests.await);
        let told = Told {
            feed: &read_all(self.feed.clone()).await,
            followed,
            arrivals: &arrivals,
        };
        list.extend(checks::events(&*self.store, &requests, told).await);
        Report {
            seed: self.settings.seed,
            figures,
            checks: list,
        }
    }

    fn count_calls(&self, figures: &mut Vec<(&'static str, Value)>) {
        for vendor in VendorKind::ALL {
            let visits = self.vendors.visits(vendor);
            let [all, busiest, turned_away] = match vendor {
                VendorKind::Stripe => [
                    "calls to Stripe",
                    "calls to Stripe in its busiest second",
                    "calls to Stripe while it was down",
                ],
                VendorKind::Onfido => [
                    "calls to Onfido",
                    "calls to Onfido in its busiest second",
                    "calls to Onfido while it was down",
                ],
                VendorKind::Plaid => [
                    "calls to Plaid",
                    "calls to Plaid in its busiest second",
                    "calls to Plaid while it was down",
                ],
            };
            figures.push((all, visits.all.into()));
            figures.push((busiest, visits.busiest_second.into()));
            if self.settings.vendor_down {
                figures.push((turned_away, visits.turned_away.into()));
            }
        }
    }

    /// Gateways space their calls; what is held up on the way arrives together with what comes later.
    fn calls(&self) -> Check {
        let limit = self.settings.calls_per_sec;
        let mut calls = 0;
        let mut breaches = Vec::new();
        for vendor in VendorKind::ALL {
            let visits = self.vendors.visits(vendor);
            calls += usize::try_from(visits.all).unwrap_or(usize::MAX);
            if visits.busiest_second > limit + limit / 5 {
                let (account, most) = (account(vendor), visits.busiest_second);
                breaches.push(format!(
                    "{account} was called {most} times within a second, and allows {limit}"
                ));
            }
        }
        let promise = "no vendor was called more often than it allows";
        Check::new(promise, calls, breaches)
    }

    fn deaths(&self) -> Check {
        self.fleet.note_accidents();
        let mut breaches = self.fleet.accidents.lock().unwrap().clone();
        let (kills, wanted) = (self.kills.count(), self.settings.kills);
        if kills < wanted {
            breaches.push(format!("there were {kills} kills, not {wanted}"));
        }
        let promise = "a gateway ends only when it is killed";
        Check::new(promise, kills.max(1), breaches)
    }
}
