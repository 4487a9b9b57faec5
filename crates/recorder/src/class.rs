//! What a place may hold, as the tables say it.

/// What is done with the value of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The vendor's own: a flag, a number of up to three digits or up to one, a word of the vendor's vocabulary, or such words
    /// with points, commas, spaces and brackets between them. Kept, and refused if it is anything else.
    Keep,
    /// A number of the vendor's: a count, a size, a score. Kept with up to nine digits before the point, else refused.
    Number,
    /// A point in time of the vendor's: a date, a date and a time, or seconds since the Unix epoch. Kept if it is after 2009,
    /// which is when none of those who are verified were born; refused if it is anything else.
    Time,
    /// The code of a country, a state or a language. Kept, and refused if it is longer than such a code.
    Code,
    /// A version: numbers, words of the vendor's vocabulary, and behind a date one word that need not be listed
    /// (`2026-08-26.dahlia`). Kept, and refused if it is anything else.
    Version,
    /// Kept if it is a word from the vendor's vocabulary, else replaced by neutral words of the same length.
    Hint,
    /// Below an open member: kept if the table knows the member and the word, else replaced, whatever it looks like.
    Own,
    /// Kept if it is one of these words, else replaced as a [`Class::Reference`].
    Known(&'static str),
    /// Numbers and flags are kept, texts are replaced as a [`Class::Reference`]: measurements under names of their own.
    Signal,
    /// An id of the vendor: another one of the same layout.
    Id,
    /// Chosen by the user of the vendor, so it may hold anything: another text of the same layout.
    Reference,
    /// What opens a door: a marked value of the same form, which opens none.
    Secret(SecretKind),
    /// About a person.
    Person(PersonKind),
    /// An address: of the vendor's API, of a hosted page, of a file, or of the user's own server.
    Url,
}

/// Which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// An API key, a token, or a part of one.
    Token,
    /// What the vendor signs webhooks with: becomes the recording's own test secret.
    Webhook,
    /// A part of the published key that webhooks are proven with: becomes that of the recording's own test key.
    Jwk(&'static str),
}

/// What about the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    /// A name, whole or in part.
    Name,
    /// A date of the person's life: another date.
    Birth,
    /// A date on a document: another day of the same year.
    Day,
    /// `day`, `month` or `year` of a [`PersonKind::Birth`] that is an object.
    BirthPart,
    /// `day`, `month` or `year` of a [`PersonKind::Day`] that is an object.
    DayPart,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A street, a house, a flat: a line of an address below the town.
    Street,
    /// A town, or a place of birth.
    City,
    /// A state or province. A code of up to three characters stays.
    Region,
    /// A postal code: another of the same layout.
    Postcode,
    /// The number of a document.
    DocumentNumber,
    /// A number that a state gives to a person; the member `type` beside it says which.
    IdNumber,
    /// A line of a machine-readable zone, or all of them.
    Mrz,
    /// An address on the internet.
    Ip,
    /// What somebody wrote.
    Text,
    /// The name of a file.
    FileName,
}
