//! What a vendor's deliveries look like.

/// What a vendor's deliveries look like, for whoever has to find out why one was not believed.
///
/// It proves nothing and decides nothing: what is believed is up to the schemes alone.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryShape {
    /// The header with the signature.
    pub signature_header: &'static str,
    /// How elements of that header begin that belong to a scheme nobody should believe any more.
    pub retired_elements: &'static [&'static str],
    /// How many parts the header has, with dots between them; 1 for a header that is no token.
    pub header_parts: usize,
    /// How many characters a whole signature has, which stands at the end of the header.
    pub signature_len: usize,
    /// How the secrets begin, if all of them do.
    pub secret_prefix: Option<&'static str>,
    /// How the vendor writes its JSON; a newline at the end may be there or not.
    pub layouts: &'static [JsonLayout],
}

/// The white space between the tokens of a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonLayout {
    /// None.
    Compact,
    /// One line, with a space after each comma and each colon.
    Spaced,
    /// A line for each value, so many spaces deeper on each level.
    Indented(usize),
    /// A line for each value, a tabulator deeper on each level.
    Tabbed,
}
