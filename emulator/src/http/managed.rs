//! The key and the secret of a certificate: routes below `/keys` and `/secrets`, and what carries each out.
//!
//! Keys and secrets of their own are not emulated yet: what concerns none of a certificate's says so.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;

use crate::crypto;
use crate::error::{Error, Family};
use crate::http::body::json;
use crate::http::data_plane::Call;
use crate::http::key_operations;
use crate::http::managed_bodies::Writer;
use crate::http::paging::{Paging, page};
use crate::http::reply::Reply;
use crate::http::target::Target;
use crate::vault::doors::{KeyOperation, Lists, ManagedView};
use crate::vault::name::{NameKey, ObjectName, Version};
use crate::vault::policy::ContentType;
use crate::wire::keys::OperationRequest;

/// One operation on keys or secrets, in Azure's terms; the family says which.
#[derive(Debug)]
pub enum Operation {
    /// `GET /keys`, `/secrets`, `/deletedkeys`, `/deletedsecrets`
    List(Lists, Paging),
    /// `GET /keys/{name}[/{version}]`, `/secrets/..`
    Get(ObjectName, Option<Version>),
    /// `GET /keys/{name}/versions`, `/secrets/..`
    GetVersions(ObjectName, Paging),
    /// `GET /deletedkeys/{name}`, `/deletedsecrets/..`
    GetDeleted(ObjectName),
    /// Anything that would change it: refused for a certificate's.
    Write(ObjectName, &'static str),
    /// `POST /keys/{name}[/{version}]/sign` and its like.
    Use(ObjectName, Option<Version>, KeyOperation, OperationRequest),
}

impl Operation {
    /// The operation that a request asks for; `path` is what follows `/keys` or `/secrets`.
    ///
    /// # Errors
    /// 400 for a name or body that is none, 404 for a version that cannot be, 405 for a path without that method.
    pub fn route(
        family: Family,
        method: &Method,
        path: &[&str],
        target: &Target,
        body: &[u8],
    ) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        let key = family == Family::Key;
        Ok(match (method.as_str(), path) {
            ("GET", []) => Op::List(Lists::Live, Paging::of(target)?),
            ("GET", [n]) => Op::Get(name(n)?, None),
            ("GET", [n, "versions"]) => Op::GetVersions(name(n)?, Paging::of(target)?),
            ("GET", [n, "rotationpolicy"]) if key => Op::Write(name(n)?, "getrotationpolicy"),
            ("GET", [n, v]) => Op::Get(name(n)?, Some(version(family, n, v)?)),
            ("PUT", [n]) => Op::Write(name(n)?, if key { "import" } else { "set" }),
            ("PATCH", [n] | [n, _]) => Op::Write(name(n)?, "update"),
            ("DELETE", [n]) => Op::Write(name(n)?, "delete"),
            ("POST", ["restore"]) => return Err(not_emulated(family)),
            ("POST", [_]) if key => return Err(Error::NoKeyOperation),
            ("POST", [n, "backup"]) => Op::Write(name(n)?, "backup"),
            ("POST", [n, "create"]) if key => Op::Write(name(n)?, "create"),
            ("POST", [n, "rotate"]) if key => Op::Write(name(n)?, "rotate"),
            ("POST", [n, operation]) if key => {
                Op::Use(name(n)?, None, key_operation(method, operation)?, json(body)?)
            }
            ("POST", [n, v, operation]) if key => {
                let version = version(family, n, v)?;
                Op::Use(name(n)?, Some(version), key_operation(method, operation)?, json(body)?)
            }
            ("GET", [_, _, operation]) if key => return Err(unknown_operation(method, operation)),
            _ => return Err(Error::MethodNotAllowed(method.to_string())),
        })
    }

    /// The same for requests below `/deletedkeys` and `/deletedsecrets`.
    ///
    /// # Errors
    /// As [`Self::route`].
    pub fn route_deleted(method: &Method, path: &[&str], target: &Target) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        Ok(match (method.as_str(), path) {
            ("GET", []) => Op::List(Lists::Deleted, Paging::of(target)?),
            ("GET", [n]) => Op::GetDeleted(name(n)?),
            ("DELETE", [n]) => Op::Write(name(n)?, "purge"),
            ("POST", [n, "recover"]) => Op::Write(name(n)?, "recover"),
            _ => return Err(Error::MethodNotAllowed(method.to_string())),
        })
    }

    /// Its name in Azure's audit log.
    pub(super) fn audit_name(&self, family: Family) -> &'static str {
        use KeyOperation as Key;
        use Operation as Op;
        let of = |key, secret| if family == Family::Key { key } else { secret };
        match self {
            Op::List(Lists::Live, _) => of("KeyList", "SecretList"),
            Op::List(Lists::Deleted, _) => of("KeyListDeleted", "SecretListDeleted"),
            Op::Get(..) => of("KeyGet", "SecretGet"),
            Op::GetVersions(..) => of("KeyListVersions", "SecretListVersions"),
            Op::GetDeleted(..) => of("KeyGetDeleted", "SecretGetDeleted"),
            Op::Write(_, operation) => written(of, operation),
            Op::Use(_, _, Key::Encrypt, _) => "KeyEncrypt",
            Op::Use(_, _, Key::Decrypt, _) => "KeyDecrypt",
            Op::Use(_, _, Key::Sign, _) => "KeySign",
            Op::Use(_, _, Key::Verify, _) => "KeyVerify",
            Op::Use(_, _, Key::WrapKey, _) => "KeyWrap",
            Op::Use(_, _, Key::UnwrapKey, _) => "KeyUnwrap",
        }
    }
}

fn written(of: impl Fn(&'static str, &'static str) -> &'static str, operation: &str) -> &'static str {
    match operation {
        "set" => "SecretSet",
        "import" => "KeyImport",
        "create" => "KeyCreate",
        "rotate" => "KeyRotate",
        "getrotationpolicy" => "KeyRotationPolicyGet",
        "update" => of("KeyUpdate", "SecretUpdate"),
        "delete" => of("KeyDelete", "SecretDelete"),
        "backup" => of("KeyBackup", "SecretBackup"),
        "purge" => of("KeyPurge", "SecretPurge"),
        _ => of("KeyRecover", "SecretRecover"),
    }
}

fn version(family: Family, name: &str, segment: &str) -> Result<Version, Error> {
    Version::parse(segment).ok_or_else(|| Error::NotFound(family, format!("{name}/{segment}")))
}

fn key_operation(method: &Method, segment: &str) -> Result<KeyOperation, Error> {
    let known =
        KeyOperation::ALL.into_iter().find(|operation| operation.name().eq_ignore_ascii_case(segment));
    known.ok_or_else(|| unknown_operation(method, segment))
}

fn unknown_operation(method: &Method, segment: &str) -> Error {
    Error::UnknownKeyOperation { method: method.to_string(), operation: segment.to_owned() }
}

fn not_emulated(family: Family) -> Error {
    let what = if family == Family::Key { "keys" } else { "secrets" };
    Error::NotEmulated(format!("the data plane of {what} that are not a certificate's").into())
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub async fn run(family: Family, operation: Operation, call: &Call<'_>) -> Result<Reply, Error> {
    use Operation as Op;
    let (vault, now) = (&call.vault, call.now);
    let write = Writer::new(call);
    match operation {
        Op::List(lists, paging) => {
            let after = paging.after.as_deref().map(NameKey::from_marker);
            let slice = vault.all_managed(lists, after.as_ref(), paging.limit, now);
            match family {
                Family::Key => {
                    Reply::ok(&page(slice, call.origin, call.target, |view| write.key_item(&view, None)))
                }
                _ => Reply::ok(&page(slice, call.origin, call.target, |view| write.secret_item(&view, None))),
            }
        }
        Op::GetVersions(name, paging) => {
            let after = paging.after.as_deref().map(|m| Version::parse(m).ok_or(Error::InvalidSkipToken));
            let slice = vault.managed_versions(&name, after.transpose()?, paging.limit, now);
            let version = |view: &ManagedView| Some(view.version.version);
            match family {
                Family::Key => Reply::ok(&page(slice, call.origin, call.target, |view| {
                    write.key_item(&view, version(&view))
                })),
                _ => {
                    Reply::ok(&page(slice, call.origin, call.target, |v| write.secret_item(&v, version(&v))))
                }
            }
        }
        Op::Get(name, version) => {
            let view = vault.managed(family, &name, version, now)?;
            match family {
                Family::Key => write.key(&view),
                _ => secret(&view, call).await,
            }
        }
        Op::GetDeleted(name) => {
            let view = vault.deleted_managed(family, &name, now)?;
            match family {
                Family::Key => write.key(&view),
                _ => enabled(&view).and_then(|()| write.secret(&view, None)),
            }
        }
        Op::Write(name, operation) => {
            let is_managed = vault.managed(family, &name, None, now).is_ok()
                || vault.deleted_managed(family, &name, now).is_ok();
            Err(if is_managed {
                Error::ManagedByCertificate(family, operation)
            } else {
                not_emulated(family)
            })
        }
        Op::Use(name, version, operation, request) => {
            let view = vault.managed(family, &name, version, now)?;
            view.ensure_may(operation, now)?;
            key_operations::run(view, operation, request, call).await
        }
    }
}

/// keys-and-secrets.md section 3.2: only `enabled` decides; nbf and exp do not.
fn enabled(view: &ManagedView) -> Result<(), Error> {
    if view.version.attributes.enabled { Ok(()) } else { Err(Error::Disabled(Family::Secret, "get")) }
}

/// The secret's value is written anew each time, off the async threads: deriving a PKCS#12 key takes half a
/// millisecond.
async fn secret(view: &ManagedView, call: &Call<'_>) -> Result<Reply, Error> {
    enabled(view)?;
    let content_type =
        match call.target.query("outContentType").filter(|_| call.api_version.has_out_content_type()) {
            None => view.version.policy.content_type,
            Some(text) => ContentType::parse(text)
                .ok_or(Error::InvalidProperty { property: "outContentType", detail: None })?,
        };
    let content = view.content();
    let written = tokio::task::spawn_blocking(move || value(&content, content_type)).await;
    let value = written.map_err(|error| Error::Unexpected(error.to_string()))??;
    Writer::new(call).secret(view, Some((content_type, value)))
}

fn value(content: &crypto::CertificateContent, content_type: ContentType) -> Result<String, Error> {
    let written = match content_type {
        ContentType::Pem => crypto::write_pem(content).map(|text| text.as_str().to_owned()),
        ContentType::Pkcs12 => crypto::write_pkcs12(content).map(|der| STANDARD.encode(der.as_slice())),
    };
    written.map_err(|error| Error::Unexpected(error.to_string()))
}
