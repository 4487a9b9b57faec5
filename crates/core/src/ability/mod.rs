//! What some vendors can do and others cannot.

mod cancel;
mod evidence;
mod list;
mod missed_events;
mod redact;
mod restore;
mod retry;
mod task;
mod update;
mod upload;
mod webhook_admin;

pub use cancel::Cancel;
pub use evidence::{Evidence, EvidenceContent, EvidenceList, EvidenceStream};
pub use list::{List, ListQuery, ListScope, SessionPage};
pub use missed_events::{MissedEvent, MissedEventPage, MissedEvents};
pub use redact::{Redact, Redaction, RedactionProgress};
pub use restore::Restore;
pub use retry::{Retry, RetryScope};
pub use task::CompleteTask;
pub use update::{SessionChange, Update};
pub use upload::{Upload, UploadDocuments};
pub use webhook_admin::{WebhookAdmin, WebhookRegistration};

macro_rules! abilities {
    ($( $field:ident: $ability:ident, $with:ident, $what:literal; )+) => {
        /// The abilities of a provider beyond [`IdProvider`](crate::IdProvider). An absent ability is `None`: what a
        /// vendor can do is derived from this, and stated nowhere else.
        #[derive(Clone, Copy, Debug, Default)]
        #[non_exhaustive]
        pub struct Abilities<'a> {
            $( #[doc = $what] pub $field: Option<&'a dyn $ability>, )+
        }

        impl<'a> Abilities<'a> {
            /// Every ability there is: its word, and what it is, in alphabetical order.
            pub const KNOWN: &'static [(&'static str, &'static str)] =
                &[ $( (stringify!($field), $what), )+ ];

            /// No ability at all.
            #[must_use]
            pub fn none() -> Self {
                Self::default()
            }

            $(
                #[doc = concat!("With [`", stringify!($ability), "`].")]
                #[must_use]
                pub const fn $with(mut self, ability: &'a dyn $ability) -> Self {
                    self.$field = Some(ability);
                    self
                }
            )+

            /// The words of the abilities that are there, in alphabetical order.
            #[must_use]
            pub fn words(&self) -> Vec<&'static str> {
                [ $( self.$field.map(|_| stringify!($field)), )+ ]
                    .into_iter()
                    .flatten()
                    .collect()
            }
        }
    };
}

abilities! {
    cancel: Cancel, with_cancel, "Withdraw a session at the vendor.";
    complete_task: CompleteTask, with_complete_task, "Hand in what a task of a session waits for.";
    evidence: Evidence, with_evidence, "Show the files that were collected.";
    list: List, with_list, "Go through the sessions the vendor holds.";
    missed_events: MissedEvents, with_missed_events, "Say which webhooks could not be delivered.";
    redact: Redact, with_redact, "Have the vendor erase the person's data.";
    restore: Restore, with_restore, "Take an erasure back.";
    retry: Retry, with_retry, "Make another session for a person who has one.";
    update: Update, with_update, "Change a session under way.";
    upload_documents: UploadDocuments, with_upload_documents, "Hand in files for the person of a session.";
    webhook_admin: WebhookAdmin, with_webhook_admin, "Tell the vendor where its webhooks go.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_in_alphabetical_order() {
        let words: Vec<_> = Abilities::KNOWN.iter().map(|(word, _)| *word).collect();
        assert!(words.is_sorted(), "{words:?}");
    }
}
