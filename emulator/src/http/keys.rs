//! The keys family: what it has beyond [`objects`] (keys-and-secrets.md section 4).

use http::Method;

use crate::error::{Error, Family};
use crate::http::body::json;
use crate::http::data_plane::Call;
use crate::http::key_operations;
use crate::http::objects::{self, reply, version};
use crate::http::reply::Reply;
use crate::http::target::Target;
use crate::http::writer::Writer;
use crate::vault::keys::{Key, KeyOperation};
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::View;
use crate::wire::keys::OperationRequest;

/// One operation of the family with what the request gave for it.
#[derive(Debug)]
pub enum Operation {
    /// `GET /keys/{name}[/{version}]`
    GetKey(ObjectName, Option<Version>),
    /// `POST /keys/{name}[/{version}]/sign` and its like.
    Use(ObjectName, Option<Version>, KeyOperation, OperationRequest),
    /// What secrets have as well.
    Common(objects::Operation),
    /// Anything that would change it: refused for a certificate's.
    Write(ObjectName, &'static str),
}

impl Operation {
    /// The operation that a request asks for; `path` is what follows `/keys`.
    ///
    /// # Errors
    /// 400 for a name or body that is none, 404 for a version that cannot be, 405 for a path without that method.
    pub fn route(method: &Method, path: &[&str], target: &Target, body: &[u8]) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        let version = |name, segment| version(Family::Key, name, segment).map(Some);
        Ok(match (method.as_str(), path) {
            ("PUT", [n]) => Op::Write(name(n)?, "import"),
            ("POST", [n, "create"]) => Op::Write(name(n)?, "create"),
            ("POST", [n, "rotate"]) => Op::Write(name(n)?, "rotate"),
            ("GET", [n, "rotationpolicy"]) => Op::Write(name(n)?, "getrotationpolicy"),
            ("PATCH", [n] | [n, _]) => Op::Write(name(n)?, "update"),
            ("GET", [n]) => Op::GetKey(name(n)?, None),
            ("GET", [n, v]) if *v != "versions" => Op::GetKey(name(n)?, version(n, v)?),
            ("GET", [_, _, operation]) => return Err(unknown_operation(method, operation)),
            ("POST", ["restore"] | [_, "backup"]) => {
                Op::Common(objects::Operation::route(method, path, target, body)?)
            }
            ("POST", [_]) => return Err(Error::NoKeyOperation),
            ("POST", [n, operation]) => {
                Op::Use(name(n)?, None, key_operation(method, operation)?, json(body)?)
            }
            ("POST", [n, v, operation]) => {
                Op::Use(name(n)?, version(n, v)?, key_operation(method, operation)?, json(body)?)
            }
            _ => Op::Common(objects::Operation::route(method, path, target, body)?),
        })
    }
}

impl Operation {
    /// Its name in Azure's audit log.
    #[must_use]
    pub fn audit_name(&self) -> &'static str {
        match self {
            Self::GetKey(..) => "KeyGet",
            Self::Use(_, _, KeyOperation::Encrypt, _) => "KeyEncrypt",
            Self::Use(_, _, KeyOperation::Decrypt, _) => "KeyDecrypt",
            Self::Use(_, _, KeyOperation::Sign, _) => "KeySign",
            Self::Use(_, _, KeyOperation::Verify, _) => "KeyVerify",
            Self::Use(_, _, KeyOperation::WrapKey, _) => "KeyWrap",
            Self::Use(_, _, KeyOperation::UnwrapKey, _) => "KeyUnwrap",
            Self::Common(operation) => operation.audit_name(Family::Key),
            Self::Write(_, "import") => "KeyImport",
            Self::Write(_, "create") => "KeyCreate",
            Self::Write(_, "rotate") => "KeyRotate",
            Self::Write(_, "update") => "KeyUpdate",
            Self::Write(..) => "KeyRotationPolicyGet",
        }
    }
}

fn key_operation(method: &Method, segment: &str) -> Result<KeyOperation, Error> {
    let known =
        KeyOperation::ALL.into_iter().find(|operation| operation.name().eq_ignore_ascii_case(segment));
    known.ok_or_else(|| unknown_operation(method, segment))
}

fn unknown_operation(method: &Method, segment: &str) -> Error {
    Error::UnknownKeyOperation { method: method.to_string(), operation: segment.to_owned() }
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub async fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, Error> {
    use Operation as Op;
    let (vault, now) = (&call.vault, call.now);
    match operation {
        Op::GetKey(name, version) => reply(&vault.object::<Key>(&name, version, now)?, &Writer::new(call)),
        Op::Use(name, version, operation, request) => {
            let view: View<Key> = vault.object(&name, version, now)?;
            view.ensure_may(operation, now)?;
            key_operations::run(view, operation, request, call).await
        }
        Op::Common(operation) => objects::run::<Key>(operation, call).await,
        Op::Write(name, operation) => Err(match vault.object::<Key>(&name, None, now) {
            Ok(_) => Error::ManagedByCertificate(Family::Key, operation),
            Err(_) => Error::NotEmulated("the data plane of keys that are not a certificate's".into()),
        }),
    }
}
