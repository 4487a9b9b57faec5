//! Why a delivery was not believed: every cause in one table, with its word, a sentence and the remedy.

use idv_core::webhook::{Refusal, VerifyError};

/// Makes the causes and their table from one list, so that none is without its row.
macro_rules! causes {
    ($($cause:ident $word:literal $sentence:literal $remedy:literal)*) => {
        /// Why a delivery was not believed. The words of [`Refusal::as_word`] are among its words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Cause {
            $(#[doc = $sentence] $cause,)*
        }

        impl Cause {
            /// Every cause, in the order in which they are looked for.
            pub(crate) const ALL: &[Self] = &[$(Self::$cause,)*];

            /// The stable word.
            pub(crate) const fn as_word(self) -> &'static str {
                match self { $(Self::$cause => $word,)* }
            }

            /// What happened, for people.
            pub(crate) const fn sentence(self) -> &'static str {
                match self { $(Self::$cause => $sentence,)* }
            }

            /// What to do about it.
            pub(crate) const fn remedy(self) -> &'static str {
                match self { $(Self::$cause => $remedy,)* }
            }
        }
    };
}

causes! {
    // The header.
    MissingHeader "missing_header"
        "the signature header is missing or empty, under this name and under any other"
        "if the vendor sent it, let the proxy in front pass all headers on; else somebody else posted this"
    HeaderRenamed "header_renamed"
        "the signature is right, and came under another name"
        "have the proxy in front pass the vendor's header on under its own name"
    HeaderRepeated "header_repeated"
        "the signature is right, and came more than once or folded together with others"
        "have the proxy in front pass the header on once, without adding to it or joining values"
    HeaderTruncated "header_truncated"
        "the signature header is cut off"
        "let the proxy in front pass long headers on whole, and copy all of it when it is tried by hand"
    HeaderAltered "header_altered"
        "the signature is right once quotes, white space or a prefix around it are taken off the header"
        "have what stands in front pass the header's value on as it came"
    MalformedHeader "malformed_header"
        "the signature header is nothing the vendor writes"
        "look at what stands in front; if nothing changes the header there, somebody else posted this"
    OtherVendorsSignature "other_vendors_signature"
        "the delivery is signed as another vendor signs"
        "give each vendor the address of an account of its own: /webhooks/<account>"
    LegacyScheme "legacy_scheme"
        "it is signed only with a scheme the vendor has retired, which proves nothing"
        "move the webhook to the vendor's current version in its dashboard"
    NoKnownScheme "no_known_scheme"
        "the header holds no signature of a scheme that is accepted here"
        "if the vendor has brought in a new scheme, an update of this gateway is needed"
    AlgorithmNotAllowed "algorithm_not_allowed"
        "the token names an algorithm that is not accepted, such as none: the vendor never signs so"
        "nothing: somebody else made this token"
    // The key.
    RotatedKey "rotated_key"
        "it is signed with an earlier key that is no longer given"
        "give the earlier key beside the current one until the vendor has stopped signing with it"
    OtherEnvironmentsKey "other_environments_key"
        "it is signed with the key of an account of the other environment"
        "have that environment's webhooks posted to its own account, or name that account in webhook_siblings"
    OtherAccountsKey "other_accounts_key"
        "it is signed with the key of another account"
        "have the webhooks posted to that account's address, or name that account in webhook_siblings"
    SecretWithWhiteSpace "secret_with_white_space"
        "the secret given here has white space or a newline around it that the vendor's has not"
        "write the secret without anything before or after it"
    SecretQuoted "secret_quoted"
        "the secret given here has quotes around it that the vendor's has not"
        "write the secret without the quotes: in a file or an environment variable they are part of it"
    SecretPrefix "secret_prefix"
        "the secret given here begins otherwise than the vendor's: its prefix was cut off or added"
        "write the secret as the vendor's dashboard shows it, prefix included"
    SecretBase64 "secret_base64"
        "it is signed with the secret in base64 where it is given plain, or the other way round"
        "use the secret as the text it is on both sides: it is no base64 and is not to be decoded"
    UnknownKeyId "unknown_key_id"
        "it is signed with a key id the vendor does not know in this environment"
        "if it comes from the vendor's other environment, post it to an account of that; else it is forged"
    KeyExpired "key_expired"
        "it is signed with a key the vendor has withdrawn"
        "nothing, if it is an old delivery; else ask the vendor, who should not sign with it any more"
    // The body.
    BodyEmpty "body_empty"
        "the body is empty, and vendors send none that is"
        "have whatever reads the body before pass it on: it can only be read once"
    BodyWhiteSpace "body_white_space"
        "white space was changed at the body's ends or in its line ends"
        "pass the raw bytes on: no trimming, no text mode, no editor in between"
    BodyReserialised "body_reserialised"
        "the body was read as JSON and written again: the same values in other bytes"
        "hand over the raw body as it came, before any framework parses it"
    BodyCharacterSet "body_character_set"
        "the body was converted to another character set"
        "pass the raw bytes on, and do not decode them to text before"
    BodyTruncated "body_truncated"
        "the body is cut off: its JSON does not end"
        "let the proxy in front pass bodies of this size on whole"
    BodyHashMismatch "body_hash_mismatch"
        "the signature is right, and belongs to another body"
        "keep header and body of one delivery together; whoever mixed them may have replayed a header"
    // The time.
    Stale "stale"
        "it is rightly signed, and too old"
        "set this machine's clock; if a queue holds deliveries back, hand them over at once. Old ones tried by hand want --now"
    FromTheFuture "from_the_future"
        "it is rightly signed, for a time to come"
        "set this machine's clock: it is slow"
    // The last words.
    Undecided "undecided"
        "the vendor's key could not be had, so nothing can be said"
        "try again when the vendor's key endpoint answers"
    NoMatchingKey "no_matching_key"
        "nothing fits: nobody who has a key that is known here signed these bytes"
        "compare the secret with the vendor's dashboard, for this very endpoint; if it is the same, the delivery is not the vendor's"
}

impl Cause {
    /// The cause that says no more than the refusal does. A refusal that is new says nothing yet.
    pub(crate) fn of_refusal(refusal: &Refusal) -> Self {
        let word = refusal.as_word();
        let known = Self::ALL.iter().find(|cause| cause.as_word() == word);
        known.copied().unwrap_or(Self::NoMatchingKey)
    }

    /// The cause of this word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|cause| cause.as_word() == word)
    }

    pub(super) fn of(error: &VerifyError) -> Self {
        match error {
            VerifyError::Refused(refusal) => Self::of_refusal(refusal),
            _ => Self::Undecided,
        }
    }
}
