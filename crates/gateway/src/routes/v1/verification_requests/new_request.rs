//! The body of a new request, for the document. It is read by hand, field by field, since a JSON reader made from
//! these types would quote the client's data when something does not fit. A test holds the two together.
#![expect(
    dead_code,
    reason = "these describe what `create::read` and `person::read` take; nothing is ever read into them"
)]

use idv_core::DocumentKind;
use utoipa::ToSchema;

/// A new request. Fields may be left out or `null`, except `subject`; one that does not exist here is refused.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewVerificationRequest, examples(json!(super::example::new_request())))]
pub(super) struct NewRequest {
    /// The application's reference to the person; not a name or an e-mail address.
    #[schema(min_length = 1, max_length = 200)]
    subject: String,
    /// In whose context it is asked; the request gets consequences for it.
    #[schema(min_length = 1, max_length = 200)]
    organization: Option<String>,
    /// Why, in the application's words.
    #[schema(min_length = 1, max_length = 200)]
    reason: Option<String>,
    /// Which account to use; else the default one.
    #[schema(min_length = 1, max_length = 200)]
    account: Option<String>,
    /// The vendor's template or flow, if not the account's.
    #[schema(min_length = 1, max_length = 200)]
    template: Option<String>,
    /// The document the application expects.
    #[schema(inline)]
    document_type: Option<ListedDocumentKind>,
    /// The documents it accepts; none for all.
    #[schema(inline, max_items = 100)]
    document_kinds: Option<Vec<ListedDocumentKind>>,
    /// Where the vendor sends the subject afterwards: http or https.
    #[schema(format = "uri", max_length = 2048, pattern = "^https?://")]
    return_url: Option<String>,
    /// Give out a request that passed as well, if that was not longer ago than this, in seconds. Without it only an
    /// open one is given out, and after a pass a new one is made.
    #[schema(minimum = 0, maximum = 315_360_000)]
    reuse_passed_secs: Option<u64>,
    person: Option<Person>,
}

/// What the application knows about the person. No text in it holds control characters. It is stored encrypted, and a vendor gets what it has a place for.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    #[schema(min_length = 1, max_length = 200)]
    given_name: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    middle_name: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    family_name: Option<String>,
    /// Such as `1990-03-01`.
    #[schema(format = Date)]
    birthdate: Option<String>,
    /// One address, of at most 200 characters.
    #[schema(format = "email", pattern = r"^[^@\s]+@[^@\s]+$")]
    email: Option<String>,
    /// In the form of E.164, such as `+33155555501`.
    #[schema(min_length = 1, max_length = 200)]
    phone: Option<String>,
    /// Two or three letters of ISO 3166-1.
    #[schema(pattern = "^[A-Z]{2,3}$")]
    nationality: Option<String>,
    /// A language tag (BCP 47), such as `fr`.
    #[schema(min_length = 1, max_length = 200)]
    language: Option<String>,
    address: Option<Address>,
}

/// A postal address.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Address {
    /// Street and number, line by line: each 1 to 200 characters.
    #[schema(max_items = 100)]
    lines: Option<Vec<String>>,
    #[schema(min_length = 1, max_length = 200)]
    city: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    region: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    postal_code: Option<String>,
    /// Two or three letters of ISO 3166-1.
    #[schema(pattern = "^[A-Z]{2,3}$")]
    country: Option<String>,
}

/// The kinds of documents that have a word. What the API shows may have others; what it takes may not.
pub(super) struct ListedDocumentKind;

impl utoipa::PartialSchema for ListedDocumentKind {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .enum_values(Some(DocumentKind::KNOWN.iter().map(DocumentKind::as_word)))
            .into()
    }
}

impl ToSchema for ListedDocumentKind {}
