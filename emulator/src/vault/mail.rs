//! The mails that the service would send to a vault's certificate contacts: what they say, as facts.
//!
//! Nothing is sent, and no wording of Azure's is imitated: none has been recorded.

use crate::timestamp::Timestamp;
use crate::vault::name::{ObjectName, Version};

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// When it would have been sent.
    pub at: Timestamp,
    /// The contacts' addresses.
    pub to: Vec<String>,
    /// The certificate that it is about.
    pub certificate: ObjectName,
    /// Which of its versions.
    pub version: Version,
    /// What it says.
    pub occasion: Occasion,
}

/// Why contacts are written to: Microsoft's page on renewal, "Get notified about certificate expiration".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It is time to renew it by hand.
    Expires {
        /// When it ends.
        at: Timestamp,
    },
    /// It was renewed.
    Renewed,
    /// Its issuer refused: it has to be renewed by hand.
    RenewalFailed,
}
