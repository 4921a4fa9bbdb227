//! Which entries of the journal somebody wants to see.
//!
//! A filter is read from a query; it must not read the journal itself.

use clap::ValueEnum;
use uuid::Uuid;

use super::{Entry, Event, Request, ServiceRequest};

/// What an entry tells of: the member that it has beside `sequence` and `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A request to a vault.
    Request,
    /// A request to one of the services around the vaults.
    Service,
    /// A mail.
    Mail,
}

impl Kind {
    const fn of(event: &Event) -> Self {
        match event {
            Event::Request(_) => Self::Request,
            Event::Service(_) => Self::Service,
            Event::Mail(_) => Self::Mail,
        }
    }
}

/// What an entry must be like; a criterion that is absent admits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// After this sequence number.
    pub after: u64,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this vault, compared without case; requests to other services are of none.
    pub vault: Option<String>,
    /// Of this operation, compared without case; no mail has one.
    pub operation: Option<String>,
    /// About the object of this name, compared without case.
    pub object: Option<String>,
    /// With this status.
    pub status: Option<u16>,
    /// About this version of an object, compared without case.
    pub version: Option<String>,
    /// Refused with this `error.code` or `error.innererror.code`, compared without case.
    pub error: Option<String>,
    /// With this `x-ms-request-id`.
    pub request_id: Option<Uuid>,
}

impl Filter {
    /// Reads a query string, such as `vault=kv&operation=SecretGet&status=403`.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let wrong = |what: &str| format!("`{name}={value}`: {what}");
            match name.as_ref() {
                "after" => filter.after = value.parse().map_err(|_| wrong("it is a sequence number"))?,
                "kind" => {
                    let wrong = |_| wrong("it is request, service or mail");
                    filter.kind = Some(Kind::from_str(&value, true).map_err(wrong)?);
                }
                "vault" => filter.vault = Some(value.into_owned()),
                "operation" => filter.operation = Some(value.into_owned()),
                "name" => filter.object = Some(value.into_owned()),
                "version" => filter.version = Some(value.into_owned()),
                "error" => filter.error = Some(value.into_owned()),
                "status" => filter.status = Some(value.parse().map_err(|_| wrong("it is an HTTP status"))?),
                "request_id" => {
                    filter.request_id = Some(value.parse().map_err(|_| wrong("it is an x-ms-request-id"))?);
                }
                _ => {
                    return Err(wrong(
                        "the journal knows after, kind, vault, operation, name, version, status, error and request_id",
                    ));
                }
            }
        }
        Ok(filter)
    }

    /// Whether `entry` is wanted.
    #[must_use]
    pub fn admits(&self, entry: &Entry) -> bool {
        entry.sequence > self.after
            && self.kind.is_none_or(|kind| kind == Kind::of(&entry.event))
            && match &entry.event {
                Event::Request(request) => self.admits_request(request),
                Event::Service(request) => self.admits_service(request),
                Event::Mail(mail) => {
                    fits(self.vault.as_deref(), Some(&mail.vault))
                        && fits(self.object.as_deref(), Some(&mail.certificate))
                        && self.operation.is_none()
                        && self.version.is_none()
                        && self.error.is_none()
                        && self.status.is_none()
                        && self.request_id.is_none()
                }
            }
    }

    fn admits_service(&self, request: &ServiceRequest) -> bool {
        let of_vaults = [&self.vault, &self.operation, &self.object, &self.version, &self.error];
        let of_vaults = of_vaults.iter().any(|criterion| criterion.is_some());
        !of_vaults
            && self.status.is_none_or(|status| status == request.status)
            && self.request_id.is_none_or(|id| Some(id) == request.request_id)
    }

    fn admits_request(&self, request: &Request) -> bool {
        fits(self.vault.as_deref(), Some(&request.vault))
            && fits(self.operation.as_deref(), request.operation.as_deref())
            && fits(self.object.as_deref(), request.object())
            && fits(self.version.as_deref(), request.version.as_deref())
            && self.error.as_deref().is_none_or(|wanted| request.is_refused_with(wanted))
            && self.status.is_none_or(|status| status == request.status)
            && self.request_id.is_none_or(|id| id == request.request_id)
    }
}

/// Whether `found` is what is `wanted`, without case.
fn fits(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
}

impl Request {
    /// The name of the object that its path is about: the segment behind the family's.
    #[must_use]
    pub fn object(&self) -> Option<&str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).nth(1)
    }

    fn is_refused_with(&self, code: &str) -> bool {
        let codes = self.error.iter().flat_map(|error| [Some(&error.code), error.innererror.as_ref()]);
        codes.flatten().any(|found| found.eq_ignore_ascii_case(code))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::super::Refusal;
    use super::*;
    use crate::timestamp::Timestamp;

    fn entry() -> Entry {
        let request = Request {
            path: "//certificates/Web/".into(),
            operation: Some("CertificateGet".into()),
            version: Some("0123456789abcdef0123456789abcdef".into()),
            error: Some(Refusal {
                code: "Forbidden".into(),
                innererror: Some("ForbiddenByPolicy".into()),
                message: String::new(),
            }),
            ..Request::answered(404, IpAddr::V4(Ipv4Addr::LOCALHOST))
        };
        Entry { sequence: 3, at: Timestamp::default(), event: Event::Request(request) }
    }

    #[test]
    fn every_criterion_admits_what_fits_and_refuses_what_does_not() {
        for (fitting, other) in [
            ("after=2", "after=3"),
            ("kind=request", "kind=service"),
            ("vault=KV", "vault=other"),
            ("operation=certificateget", "operation=CertificateList"),
            ("name=web", "name=we"),
            ("version=0123456789ABCDEF0123456789abcdef", "version=0123456789abcdef"),
            ("status=404", "status=200"),
            ("error=forbidden", "error=ForbiddenByFirewall"),
            ("error=ForbiddenByPolicy", "error=Unauthorized"),
            (
                "request_id=00000000-0000-0000-0000-000000000007",
                "request_id=00000000-0000-0000-0000-000000000008",
            ),
        ] {
            assert!(Filter::parse(fitting).unwrap().admits(&entry()), "{fitting}");
            assert!(!Filter::parse(other).unwrap().admits(&entry()), "{other}");
        }
        assert!(Filter::parse("").unwrap().admits(&entry()));
    }

    #[test]
    fn a_criterion_that_is_none_is_named() {
        for (query, named) in
            [("vualt=kv", "vualt"), ("status=ok", "status"), ("kind=letter", "kind"), ("after=-1", "after")]
        {
            assert!(Filter::parse(query).unwrap_err().contains(named));
        }
    }
}
