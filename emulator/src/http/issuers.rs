//! The issuers and contacts below `/certificates`: routes, and what carries each out.

use http::Method;

use crate::error::Error;
use crate::http::body::json;
use crate::http::data_plane::Call;
use crate::http::paging::{Paging, page};
use crate::http::reply::Reply;
use crate::http::target::Target;
use crate::vault::issuers::Issuer;
use crate::vault::name::ObjectName;
use crate::wire::issuers::{
    Contact, Contacts, IssuerBundle, IssuerItem, SetContactsRequest, SetIssuerRequest, attributes,
};

/// One operation with what the request gave for it, in Azure's names.
#[derive(Debug)]
pub enum Operation {
    /// `GET /certificates/issuers`
    GetCertificateIssuers(Paging),
    /// `GET /certificates/issuers/{name}`
    GetCertificateIssuer(ObjectName),
    /// `PUT /certificates/issuers/{name}`
    SetCertificateIssuer(ObjectName, SetIssuerRequest),
    /// `PATCH /certificates/issuers/{name}`
    UpdateCertificateIssuer(ObjectName, SetIssuerRequest),
    /// `DELETE /certificates/issuers/{name}`
    DeleteCertificateIssuer(ObjectName),
    /// `GET /certificates/contacts`
    GetCertificateContacts,
    /// `PUT /certificates/contacts`
    SetCertificateContacts(SetContactsRequest),
    /// `DELETE /certificates/contacts`
    DeleteCertificateContacts,
}

impl Operation {
    /// The operation that a request asks for; `path` is what follows `/certificates` and begins with `issuers` or
    /// `contacts`.
    ///
    /// # Errors
    /// 400 for a name or body that is none, 405 for a path without that method.
    pub fn route(method: &Method, path: &[&str], target: &Target<'_>, body: &[u8]) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        Ok(match (method.as_str(), path) {
            ("GET", ["issuers"]) => Op::GetCertificateIssuers(Paging::of(target)?),
            ("GET", ["issuers", n]) => Op::GetCertificateIssuer(name(n)?),
            ("PUT", ["issuers", n]) => Op::SetCertificateIssuer(name(n)?, json(body)?),
            ("PATCH", ["issuers", n]) => Op::UpdateCertificateIssuer(name(n)?, json(body)?),
            ("DELETE", ["issuers", n]) => Op::DeleteCertificateIssuer(name(n)?),
            ("GET", ["contacts"]) => Op::GetCertificateContacts,
            ("PUT", ["contacts"]) => Op::SetCertificateContacts(json(body)?),
            ("DELETE", ["contacts"]) => Op::DeleteCertificateContacts,
            _ => return Err(Error::MethodNotAllowed(method.to_string())),
        })
    }

    /// Its name in Azure's audit log.
    pub(super) const fn audit_name(&self) -> &'static str {
        use Operation as Op;
        match self {
            Op::GetCertificateIssuers(..) => "CertificateIssuersList",
            Op::GetCertificateIssuer(..) => "CertificateIssuerGet",
            Op::SetCertificateIssuer(..) => "CertificateIssuerSet",
            Op::UpdateCertificateIssuer(..) => "CertificateIssuerUpdate",
            Op::DeleteCertificateIssuer(..) => "CertificateIssuerDelete",
            Op::GetCertificateContacts => "CertificateContactsGet",
            Op::SetCertificateContacts(..) => "CertificateContactsSet",
            Op::DeleteCertificateContacts => "CertificateContactsDelete",
        }
    }
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, Error> {
    use Operation as Op;
    let (vault, now) = (&call.vault, call.now);
    match operation {
        Op::GetCertificateIssuers(paging) => {
            let after = paging.after_name();
            let slice = vault.certificate_issuers(after.as_ref(), paging.limit);
            Reply::ok(&page(slice, call.origin, call.target, |issuer| IssuerItem {
                id: id(call, &issuer.name),
                provider: issuer.provider,
            }))
        }
        Op::GetCertificateIssuer(name) => issuer(call, vault.certificate_issuer(&name)?),
        Op::SetCertificateIssuer(name, request) => {
            issuer(call, vault.set_certificate_issuer(&name, request, now)?)
        }
        Op::UpdateCertificateIssuer(name, request) => {
            issuer(call, vault.update_certificate_issuer(&name, request, now)?)
        }
        Op::DeleteCertificateIssuer(name) => issuer(call, vault.delete_certificate_issuer(&name)?),
        Op::GetCertificateContacts => contacts(call, vault.certificate_contacts()?),
        Op::SetCertificateContacts(request) => {
            contacts(call, vault.set_certificate_contacts(request.contacts.unwrap_or_default()))
        }
        Op::DeleteCertificateContacts => contacts(call, vault.delete_certificate_contacts()?),
    }
}

fn id(call: &Call<'_>, name: &ObjectName) -> String {
    format!("{}/certificates/issuers/{name}", call.origin.url())
}

fn issuer(call: &Call<'_>, issuer: Issuer) -> Result<Reply, Error> {
    Reply::ok(&IssuerBundle {
        id: id(call, &issuer.name),
        provider: issuer.provider,
        credentials: issuer.credentials,
        org_details: issuer.organization,
        attributes: attributes(issuer.enabled, issuer.created, issuer.updated),
    })
}

fn contacts(call: &Call<'_>, contacts: Vec<Contact>) -> Result<Reply, Error> {
    Reply::ok(&Contacts { id: format!("{}/certificates/contacts", call.origin.url()), contacts })
}
