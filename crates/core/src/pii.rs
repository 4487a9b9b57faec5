//! Personal data: readable for a stated purpose, printable never.

use std::fmt;

/// Why personal data is being read. Naming it makes every place that does so easy to find and to audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// To send it to the vendor that verifies the person.
    SendToVendor,
    /// To encrypt and store it.
    Store,
    /// To send the person a mail.
    SendMail,
    /// To hand it to the application that owns the request, over an authorised call.
    AnswerApplication,
    /// To show it to an operator who asked for it on the machine itself.
    ShowOperator,
    /// To compare it inside a test.
    Test,
}

/// Personal data of one person.
///
/// It prints as `Pii(..)` and does not serialize. [`Pii::expose`] is the only way in.
///
/// ```
/// use idv_core::{Pii, Purpose};
/// let name = Pii::new("Ada Example".to_owned());
/// assert_eq!(format!("{name:?}"), "Pii(..)");
/// assert_eq!(name.expose(Purpose::Test), "Ada Example");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Wraps personal data.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The data itself, for the stated purpose.
    pub const fn expose(&self, _purpose: Purpose) -> &T {
        &self.0
    }

    /// Unwraps the data, for the stated purpose.
    pub fn into_exposed(self, _purpose: Purpose) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pii(..)")
    }
}
