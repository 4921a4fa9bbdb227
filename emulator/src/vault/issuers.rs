//! A vault's certificate issuers and contacts: who issues, and who is told (certificates.md sections 2.11 and 2.12).
//!
//! Plain objects: they have no versions and deleting one is final.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::collection::Slice;
use crate::vault::issuance::Course;
use crate::vault::name::{NameKey, ObjectName};
use crate::vault::policy::INVALID_ISSUER;
use crate::wire::issuers::{Contact, Credentials, OrganizationDetails, SetIssuerRequest};
use serde::{Deserialize, Serialize};

/// The certificate authority that wants an organization's number.
const DIGICERT: &str = "DigiCert";

/// An account at a certificate authority.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// As its creator spelled it.
    pub name: ObjectName,
    /// Name of the certificate authority.
    pub provider: String,
    /// Account there.
    pub credentials: Credentials,
    /// Who asks.
    pub organization: OrganizationDetails,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

/// How the authority behind an issuer treats requests. Set from outside: no client of a vault can.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Behaviour {
    /// How long it takes; `None` for as long as issuing takes otherwise.
    pub delay: Option<Duration>,
    /// What comes of them.
    pub outcome: Outcome,
}

/// What comes of a request to an authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is granted.
    #[default]
    Issue,
    /// Somebody has to approve it.
    Approval,
    /// It is refused, for this reason.
    Fail(String),
}

/// The issuers and contacts of a vault.
#[derive(Debug, Default)]
pub struct Issuers {
    by_name: BTreeMap<NameKey, Issuer>,
    /// Of those that were told; an issuer that is replaced keeps its own.
    behaviours: BTreeMap<NameKey, Behaviour>,
    contacts: Option<Vec<Contact>>,
}

/// Issuers, how they treat requests, and contacts, as a part of a snapshot: with the passwords of accounts.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuersRecord {
    issuers: Vec<IssuerRecord>,
    contacts: Option<Vec<Contact>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct IssuerRecord {
    name: ObjectName,
    provider: String,
    account_id: Option<String>,
    password: Option<String>,
    organization: OrganizationDetails,
    enabled: bool,
    #[serde(with = "crate::timestamp::exact")]
    created: Timestamp,
    #[serde(with = "crate::timestamp::exact")]
    updated: Timestamp,
    behaviour: Option<Behaviour>,
}

impl IssuersRecord {
    pub(super) fn of(issuers: &Issuers) -> Self {
        let of = |(key, issuer): (&NameKey, &Issuer)| {
            let issuer = issuer.clone();
            IssuerRecord {
                name: issuer.name,
                provider: issuer.provider,
                account_id: issuer.credentials.account_id,
                password: issuer.credentials.pwd,
                organization: issuer.organization,
                enabled: issuer.enabled,
                created: issuer.created,
                updated: issuer.updated,
                behaviour: issuers.behaviours.get(key).cloned(),
            }
        };
        Self { issuers: issuers.by_name.iter().map(of).collect(), contacts: issuers.contacts.clone() }
    }

    pub(super) fn restore(self) -> Issuers {
        let mut issuers = Issuers { contacts: self.contacts, ..Issuers::default() };
        for record in self.issuers {
            let key = record.name.key();
            issuers.behaviours.extend(record.behaviour.map(|behaviour| (key.clone(), behaviour)));
            let issuer = Issuer {
                name: record.name,
                provider: record.provider,
                credentials: Credentials { account_id: record.account_id, pwd: record.password },
                organization: record.organization,
                enabled: record.enabled,
                created: record.created,
                updated: record.updated,
            };
            issuers.by_name.insert(key, issuer);
        }
        issuers
    }
}

impl Issuer {
    fn new(
        name: &ObjectName,
        request: SetIssuerRequest,
        created: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let provider = request.provider.filter(|provider| !provider.is_empty());
        Self {
            name: name.clone(),
            provider: provider.ok_or(Error::InvalidProperty { property: "provider", detail: None })?,
            credentials: request.credentials.unwrap_or_default(),
            organization: request.org_details.unwrap_or_default(),
            enabled: request.attributes.and_then(|attributes| attributes.enabled).unwrap_or(true),
            created,
            updated: now,
        }
        .checked()
    }

    fn patched(&self, request: SetIssuerRequest, now: Timestamp) -> Result<Self, Error> {
        let own = self.clone();
        Self {
            provider: request.provider.unwrap_or(own.provider),
            credentials: request.credentials.unwrap_or(own.credentials),
            organization: request.org_details.unwrap_or(own.organization),
            enabled: request.attributes.and_then(|attributes| attributes.enabled).unwrap_or(own.enabled),
            updated: now,
            ..own
        }
        .checked()
    }

    /// certificates.md section 4.2, java #29166: seen for DigiCert.
    fn checked(self) -> Result<Self, Error> {
        let numbered = self.organization.id.as_ref().is_some_and(|id| !id.is_empty());
        if self.provider.eq_ignore_ascii_case(DIGICERT) && !numbered {
            return Err(Error::NoOrganizationId);
        }
        Ok(self)
    }
}

impl Vault {
    /// Makes an issuer, or replaces it; its date of creation stays.
    ///
    /// # Errors
    /// 400 without a provider, or without an organization's number where the provider wants one.
    pub fn set_certificate_issuer(
        &self,
        name: &ObjectName,
        request: SetIssuerRequest,
        now: Timestamp,
    ) -> Result<Issuer, Error> {
        let mut issuers = self.issuers.write();
        let created = issuers.by_name.get(&name.key()).map_or(now, |issuer| issuer.created);
        let issuer = Issuer::new(name, request, created, now)?;
        issuers.by_name.insert(name.key(), issuer.clone());
        Ok(issuer)
    }

    /// Changes what `request` names.
    ///
    /// # Errors
    /// 404; 400 with nothing changed.
    pub fn update_certificate_issuer(
        &self,
        name: &ObjectName,
        request: SetIssuerRequest,
        now: Timestamp,
    ) -> Result<Issuer, Error> {
        let mut issuers = self.issuers.write();
        let issuer = issuers.by_name.get_mut(&name.key()).ok_or(Error::IssuerNotFound)?;
        *issuer = issuer.patched(request, now)?;
        Ok(issuer.clone())
    }

    /// The issuer of that name.
    ///
    /// # Errors
    /// 404.
    pub fn certificate_issuer(&self, name: &ObjectName) -> Result<Issuer, Error> {
        self.issuers.read().by_name.get(&name.key()).cloned().ok_or(Error::IssuerNotFound)
    }

    /// Removes the issuer of that name and answers it.
    ///
    /// # Errors
    /// 404.
    pub fn delete_certificate_issuer(&self, name: &ObjectName) -> Result<Issuer, Error> {
        let mut issuers = self.issuers.write();
        issuers.behaviours.remove(&name.key());
        issuers.by_name.remove(&name.key()).ok_or(Error::IssuerNotFound)
    }

    /// How the authority behind the issuer of that name treats requests.
    ///
    /// # Errors
    /// 404.
    pub fn issuer_behaviour(&self, name: &ObjectName) -> Result<Behaviour, Error> {
        let issuers = self.issuers.read();
        let issuer = issuers.by_name.get(&name.key()).ok_or(Error::IssuerNotFound)?;
        Ok(issuers.behaviours.get(&issuer.name.key()).cloned().unwrap_or_default())
    }

    /// Changes that, for requests made from now on.
    ///
    /// # Errors
    /// 404.
    pub fn set_issuer_behaviour(&self, name: &ObjectName, behaviour: Behaviour) -> Result<(), Error> {
        let mut issuers = self.issuers.write();
        if !issuers.by_name.contains_key(&name.key()) {
            return Err(Error::IssuerNotFound);
        }
        issuers.behaviours.insert(name.key(), behaviour);
        Ok(())
    }

    /// What becomes of a request to the issuer of that name now, and how long that takes if it has a time of its own.
    ///
    /// # Errors
    /// 400 if the vault has no such issuer, or it is disabled.
    pub(super) fn course_by_issuer(&self, name: &str) -> Result<(Course, Option<Duration>), Error> {
        let name = ObjectName::parse(name).map_err(|_| INVALID_ISSUER)?;
        let issuers = self.issuers.read();
        let issuer =
            issuers.by_name.get(&name.key()).filter(|issuer| issuer.enabled).ok_or(INVALID_ISSUER)?;
        let behaviour = issuers.behaviours.get(&name.key()).cloned().unwrap_or_default();
        let course = match behaviour.outcome {
            Outcome::Issue => Course::Authority,
            Outcome::Approval => Course::Approval,
            Outcome::Fail(reason) => {
                let provider = issuer.provider.clone();
                Course::Failure(Arc::new(Error::RequestRejected { provider, reason }))
            }
        };
        Ok((course, behaviour.delay))
    }

    /// Up to `limit` issuers behind `after`, in name order.
    #[must_use]
    pub fn certificate_issuers(&self, after: Option<&NameKey>, limit: usize) -> Slice<NameKey, Issuer> {
        let issuers = self.issuers.read();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let listed = issuers.by_name.range((start, Bound::Unbounded));
        Slice::of(listed.map(|(key, issuer)| (key, issuer.clone())), limit)
    }

    /// Replaces the contacts.
    pub fn set_certificate_contacts(&self, contacts: Vec<Contact>) -> Vec<Contact> {
        self.issuers.write().contacts = Some(contacts.clone());
        contacts
    }

    /// The contacts.
    ///
    /// # Errors
    /// 404 if none were set.
    pub fn certificate_contacts(&self) -> Result<Vec<Contact>, Error> {
        self.issuers.read().contacts.clone().ok_or(Error::ContactsNotFound)
    }

    /// Removes the contacts and answers them.
    ///
    /// # Errors
    /// 404 if none were set.
    pub fn delete_certificate_contacts(&self) -> Result<Vec<Contact>, Error> {
        self.issuers.write().contacts.take().ok_or(Error::ContactsNotFound)
    }
}
