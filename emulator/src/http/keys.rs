//! The keys family: what it has beyond [`objects`] (keys-and-secrets.md section 4).

use http::Method;

use crate::error::{Error, Family};
use crate::http::body::json;
use crate::http::data_plane::Call;
use crate::http::jwk;
use crate::http::key_attestation;
use crate::http::key_operations;
use crate::http::objects::{self, reply, version};
use crate::http::release;
use crate::http::reply::Reply;
use crate::http::rotation;
use crate::http::target::Target;
use crate::http::transfer;
use crate::http::writer::Writer;
use crate::throttling::Transaction;
use crate::vault::Sku;
use crate::vault::key_operation::KeyOperation;
use crate::vault::key_plan::{Amendments, KeyPlan, Protection, Wishes, key_type};
use crate::vault::keys::Key;
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::View;
use crate::wire::keys::{CreateRequest, ImportRequest, OperationRequest, ReleaseRequest, UpdateRequest};
use crate::wire::rotation::RotationPolicy;

/// One operation of the family with what the request gave for it.
#[derive(Debug)]
pub enum Operation {
    /// `POST /keys/{name}/create`
    CreateKey(ObjectName, CreateRequest),
    /// `PUT /keys/{name}`
    ImportKey(ObjectName, ImportRequest),
    /// `PATCH /keys/{name}[/{version}]`
    UpdateKey(ObjectName, Option<Version>, UpdateRequest),
    /// `GET /keys/{name}[/{version}]`
    GetKey(ObjectName, Option<Version>),
    /// `POST /keys/{name}[/{version}]/sign` and its like.
    Use(ObjectName, Option<Version>, KeyOperation, OperationRequest),
    /// `POST /keys/{name}[/{version}]/release`
    Release(ObjectName, Option<Version>, ReleaseRequest),
    /// `GET /keys/{name}[/{version}]/attestation`, of a pool only.
    Attest(ObjectName, Option<Version>),
    /// `POST /keys/{name}/{version}/securewrapkey` and its reverse, of a pool only.
    SecureWrap(&'static str),
    /// What secrets have as well.
    Common(objects::Operation),
    /// `POST /keys/{name}/rotate`
    RotateKey(ObjectName),
    /// `GET /keys/{name}/rotationpolicy`
    GetRotationPolicy(ObjectName),
    /// `PUT /keys/{name}/rotationpolicy`
    UpdateRotationPolicy(ObjectName, RotationPolicy),
}

impl Operation {
    /// The operation that a request asks for; `path` is what follows `/keys`.
    ///
    /// # Errors
    /// 400 for a name or body that is none, 404 for a version that cannot be, 405 for a path without that method.
    pub fn route(method: &Method, path: &[&str], target: &Target<'_>, body: &[u8]) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        let version = |name, segment| version(Family::Key, name, segment).map(Some);
        Ok(match (method.as_str(), path) {
            ("PUT", [n]) => Op::ImportKey(name(n)?, json(body)?),
            ("POST", [n, "create"]) => Op::CreateKey(name(n)?, json(body)?),
            ("POST", [n, "rotate"]) => Op::RotateKey(name(n)?),
            ("GET", [n, "rotationpolicy"]) => Op::GetRotationPolicy(name(n)?),
            ("PUT", [n, "rotationpolicy"]) => Op::UpdateRotationPolicy(name(n)?, json(body)?),
            ("PATCH", [n]) => Op::UpdateKey(name(n)?, None, json(body)?),
            ("PATCH", [n, v]) => Op::UpdateKey(name(n)?, version(n, v)?, json(body)?),
            ("GET", [n]) => Op::GetKey(name(n)?, None),
            ("GET", [n, "attestation"]) => Op::Attest(name(n)?, None),
            ("GET", [n, v, "attestation"]) => Op::Attest(name(n)?, version(n, v)?),
            ("GET", [n, v]) if *v != "versions" => Op::GetKey(name(n)?, version(n, v)?),
            ("GET", [_, _, operation]) => return Err(unknown_operation(method, operation)),
            ("POST", ["restore"] | [_, "backup"]) => {
                Op::Common(objects::Operation::route(method, path, target, body)?)
            }
            ("POST", [_]) => return Err(Error::NoKeyOperation),
            ("POST", [_, "securewrapkey"] | [_, _, "securewrapkey"]) => Op::SecureWrap("securewrapkey"),
            ("POST", [_, "secureunwrapkey"] | [_, _, "secureunwrapkey"]) => Op::SecureWrap("secureunwrapkey"),
            ("POST", [n, "release"]) => Op::Release(name(n)?, None, json(body)?),
            ("POST", [n, v, "release"]) => Op::Release(name(n)?, version(n, v)?, json(body)?),
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
    /// The method and the name of what 7.3 brought (section 7).
    const fn of_7_3(&self) -> Option<(Method, &'static str)> {
        match self {
            Self::Release(..) => Some((Method::POST, "release")),
            Self::RotateKey(_) => Some((Method::POST, "rotate")),
            Self::GetRotationPolicy(_) => Some((Method::GET, "rotationpolicy")),
            Self::UpdateRotationPolicy(..) => Some((Method::PUT, "rotationpolicy")),
            _ => None,
        }
    }

    /// Its name in Azure's audit log.
    #[must_use]
    pub fn audit_name(&self) -> &'static str {
        match self {
            Self::CreateKey(..) => "KeyCreate",
            Self::ImportKey(..) => "KeyImport",
            Self::UpdateKey(..) => "KeyUpdate",
            Self::GetKey(..) => "KeyGet",
            Self::Use(_, _, KeyOperation::Encrypt, _) => "KeyEncrypt",
            Self::Use(_, _, KeyOperation::Decrypt, _) => "KeyDecrypt",
            Self::Use(_, _, KeyOperation::Sign, _) => "KeySign",
            Self::Use(_, _, KeyOperation::Verify, _) => "KeyVerify",
            Self::Use(_, _, KeyOperation::WrapKey, _) => "KeyWrap",
            Self::Use(_, _, KeyOperation::UnwrapKey, _) => "KeyUnwrap",
            Self::Release(..) => "KeyRelease",
            Self::SecureWrap(_) => "KeySecureWrap",
            Self::Attest(..) => "KeyGetAttestation",
            Self::Common(operation) => operation.audit_name(Family::Key),
            Self::RotateKey(_) => "KeyRotate",
            Self::GetRotationPolicy(_) => "KeyRotationPolicyGet",
            Self::UpdateRotationPolicy(..) => "KeyRotationPolicySet",
        }
    }
}

/// What an operation counts as where limits hold: a key of its own weight, read or used.
pub(super) fn transaction(operation: &Operation, call: &Call<'_>) -> Transaction {
    use Operation as Op;
    let (name, version) = match operation {
        Op::CreateKey(_, request) => {
            let in_hardware = request.kty.as_deref().is_some_and(|kty| kty.ends_with("-HSM"));
            return Transaction::key_creation(match in_hardware {
                true => Protection::Hardware,
                false => Protection::Software,
            });
        }
        Op::ImportKey(..) => return Transaction::SECRET_CREATION,
        Op::RotateKey(name) => {
            let found = call.vault.object::<Key>(name, None, call.now);
            let protection = found.map_or(Protection::Software, |key| key.version.content.terms.protection);
            return Transaction::key_creation(protection);
        }
        Op::UpdateKey(name, version, _)
        | Op::GetKey(name, version)
        | Op::Use(name, version, ..)
        | Op::Release(name, version, _)
        | Op::Attest(name, version) => (name, *version),
        Op::SecureWrap(_) | Op::Common(_) | Op::GetRotationPolicy(_) | Op::UpdateRotationPolicy(..) => {
            return Transaction::KEYS;
        }
    };
    call.vault.object::<Key>(name, version, call.now).map_or(Transaction::KEYS, |key| {
        let content = &key.version.content;
        Transaction::key(content.material.kind(), content.terms.protection)
    })
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
    if let Some((method, name)) = operation.of_7_3()
        && !call.api_version.has_rotation_and_release()
    {
        return Err(unknown_operation(&method, name).assumed());
    }
    match operation {
        Op::CreateKey(name, request) => create(name, request, call).await,
        Op::ImportKey(name, request) => import(name, request, call).await,
        Op::UpdateKey(name, version, request) => {
            let attributes = request.attributes.unwrap_or_default();
            let amendments = Amendments {
                operations: request.key_ops,
                exportable: attributes.exportable,
                release_policy: request.release_policy,
            };
            let changes = attributes.changes(request.tags);
            reply(&vault.update_key(&name, version, changes, amendments, now)?, &Writer::new(call))
        }
        Op::GetKey(name, version) => reply(&vault.object::<Key>(&name, version, now)?, &Writer::new(call)),
        Op::Use(name, version, operation, request) => {
            let view: View<Key> = vault.object(&name, version, now)?;
            view.ensure_may(operation, now)?;
            key_operations::run(view, operation, request, call).await
        }
        Op::Release(name, version, request) => {
            release::run(vault.object::<Key>(&name, version, now)?, request, call).await
        }
        Op::SecureWrap(operation) => Err(match call.settings.sku {
            Sku::ManagedHsm => Error::NotEmulated("the secure wrapping of keys".into()),
            _ => unknown_operation(&Method::POST, operation),
        }),
        Op::Attest(name, version) => {
            if call.settings.sku != Sku::ManagedHsm || !call.api_version.has_key_attestation() {
                return Err(unknown_operation(&Method::GET, "attestation"));
            }
            key_attestation::run(vault.object::<Key>(&name, version, now)?, call).await
        }
        Op::Common(operation) => objects::run::<Key>(operation, call).await,
        Op::RotateKey(name) => rotation::rotate(&name, call).await,
        Op::GetRotationPolicy(name) => rotation::policy(&name, call),
        Op::UpdateRotationPolicy(name, given) => rotation::set_policy(&name, given, call),
    }
}

/// Checks before a key is made, which takes long, and again when it is taken in.
async fn create(name: ObjectName, request: CreateRequest, call: &Call<'_>) -> Result<Reply, Error> {
    let kty = request.kty.as_deref().unwrap_or_default();
    if ["AKP", "AKP-HSM"].contains(&kty) && call.api_version.has_algorithm_key_pairs() {
        return Err(Error::NotEmulated("a key for ML-DSA (kty AKP)".into()));
    }
    let plan = KeyPlan::create(request, call.settings.sku)?;
    call.vault.ensure_creatable::<Key>(&name, "create", call.now)?;
    let (version, seed) = (call.draw.version(), call.draw.key_seed());
    let key = rotation::make(call.keys, plan.kind, seed).await?;
    reply(&call.vault.add_key(&name, "create", plan, key, version, call.now)?, &Writer::new(call))
}

/// Reads the key off the async threads, then takes it in.
async fn import(name: ObjectName, request: ImportRequest, call: &Call<'_>) -> Result<Reply, Error> {
    let given = request.key.ok_or(Error::InvalidBody)?;
    let kty = given.kty.as_deref().ok_or(Error::MissingKeyType)?;
    let kty = match (kty, request.hsm) {
        ("RSA", Some(true)) => "RSA-HSM",
        ("EC", Some(true)) => "EC-HSM",
        ("oct", Some(true)) => "oct-HSM",
        _ => kty,
    };
    let sku = call.settings.sku;
    let (kind, protection) = key_type(kty, sku)?;
    call.vault.ensure_creatable::<Key>(&name, "import", call.now)?;
    let key_ops = given.key_ops.clone();
    let transfer = given.key_hsm.as_deref().map(|blob| transfer::read(blob, protection, call)).transpose();
    let transfer = transfer.map_err(Error::assumed)?;
    let read = tokio::task::spawn_blocking(move || match &transfer {
        Some(transfer) => transfer::open(transfer, kind, given.crv.as_deref()).map_err(Error::assumed),
        None => jwk::material(&given, kind),
    });
    let read = read.await;
    let key = read.map_err(|error| Error::Unexpected(error.to_string()))??;
    let (attributes, tags, release_policy) = (request.attributes, request.tags, request.release_policy);
    let plan =
        KeyPlan::new(key.kind(), protection, sku, Wishes { key_ops, attributes, tags, release_policy })?;
    let version = call.draw.version();
    reply(&call.vault.add_key(&name, "import", plan, key, version, call.now)?, &Writer::new(call))
}
