//! The certificates family: which requests are operations, and what carries each out.
//!
//! [`Operation::route`] is the table, [`run`] the one match. Bodies are written by [`super::certificate_bodies`].

use http::Method;

use crate::error::{Error, Family};
use crate::http::backups;
use crate::http::body::json;
use crate::http::certificate_bodies::Writer;
use crate::http::content;
use crate::http::data_plane::Call;
use crate::http::issuing::{self, Drawn};
use crate::http::objects::version;
use crate::http::paging::{Paging, page};
use crate::http::reply::Reply;
use crate::http::target::Target;
use crate::vault::certificates::Listed;
use crate::vault::name::{ObjectName, Version};
use crate::wire::BackupValue;
use crate::wire::certificates::{
    CertificatePolicy, CreateRequest, ImportRequest, MergeRequest, UpdateOperationRequest, UpdateRequest,
};

/// One operation of the family with what the request gave for it, in Azure's names. What is large is in a box, so that
/// requests without it need not carry the room.
#[derive(Debug)]
pub enum Operation {
    /// `POST /certificates/{name}/create`
    CreateCertificate(ObjectName, Box<CreateRequest>),
    /// `POST /certificates/{name}/import`
    ImportCertificate(ObjectName, Box<ImportRequest>),
    /// `GET /certificates/{name}[/{version}]`
    GetCertificate(ObjectName, Option<Version>),
    /// `PATCH /certificates/{name}[/{version}]`
    UpdateCertificate(ObjectName, Option<Version>, Box<UpdateRequest>),
    /// `DELETE /certificates/{name}`
    DeleteCertificate(ObjectName),
    /// `GET /certificates`, `GET /deletedcertificates`
    GetCertificates(Listed, Paging),
    /// `GET /certificates/{name}/versions`
    GetCertificateVersions(ObjectName, Paging),
    /// `GET /certificates/{name}/policy`
    GetCertificatePolicy(ObjectName),
    /// `PATCH /certificates/{name}/policy`
    UpdateCertificatePolicy(ObjectName, Box<CertificatePolicy>),
    /// `GET /certificates/{name}/pending`
    GetCertificateOperation(ObjectName),
    /// `PATCH /certificates/{name}/pending`
    UpdateCertificateOperation(ObjectName, UpdateOperationRequest),
    /// `DELETE /certificates/{name}/pending`
    DeleteCertificateOperation(ObjectName),
    /// `POST /certificates/{name}/pending/merge`
    MergeCertificate(ObjectName, MergeRequest),
    /// `POST /certificates/{name}/backup`
    BackupCertificate(ObjectName),
    /// `POST /certificates/restore`
    RestoreCertificate(BackupValue),
    /// `GET /deletedcertificates/{name}`
    GetDeletedCertificate(ObjectName),
    /// `POST /deletedcertificates/{name}/recover`
    RecoverDeletedCertificate(ObjectName),
    /// `DELETE /deletedcertificates/{name}`
    PurgeDeletedCertificate(ObjectName),
}

impl Operation {
    /// The operation that a request below `/certificates` asks for; `path` is what follows that segment.
    ///
    /// # Errors
    /// 400 for a name or body that is none, 404 for a version that cannot be, 405 for a path without that method,
    /// 501 for what is not emulated yet.
    pub fn route(method: &Method, path: &[&str], target: &Target<'_>, body: &[u8]) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        let version = |name, segment| version(Family::Certificate, name, segment).map(Some);
        Ok(match (method.as_str(), path) {
            ("POST", ["restore"]) => Op::RestoreCertificate(json(body)?),
            ("POST", [n, "backup"]) => Op::BackupCertificate(name(n)?),
            ("POST", [n, "import"]) => Op::ImportCertificate(name(n)?, json(body)?),
            ("POST", [n, "pending", "merge"]) => Op::MergeCertificate(name(n)?, json(body)?),
            ("GET", []) => Op::GetCertificates(listed(target), Paging::of(target)?),
            ("GET", [n]) => Op::GetCertificate(name(n)?, None),
            ("PATCH", [n]) => Op::UpdateCertificate(name(n)?, None, json(body)?),
            ("DELETE", [n]) => Op::DeleteCertificate(name(n)?),
            ("POST", [n, "create"]) => Op::CreateCertificate(name(n)?, json(body)?),
            ("GET", [n, "versions"]) => Op::GetCertificateVersions(name(n)?, Paging::of(target)?),
            ("GET", [n, "policy"]) => Op::GetCertificatePolicy(name(n)?),
            ("PATCH", [n, "policy"]) => Op::UpdateCertificatePolicy(name(n)?, json(body)?),
            ("GET", [n, "pending"]) => Op::GetCertificateOperation(name(n)?),
            ("PATCH", [n, "pending"]) => Op::UpdateCertificateOperation(name(n)?, json(body)?),
            ("DELETE", [n, "pending"]) => Op::DeleteCertificateOperation(name(n)?),
            ("GET", [n, v]) => Op::GetCertificate(name(n)?, version(n, v)?),
            ("PATCH", [n, v]) => Op::UpdateCertificate(name(n)?, version(n, v)?, json(body)?),
            _ => return Err(Error::MethodNotAllowed(method.to_string())),
        })
    }

    /// The same for requests below `/deletedcertificates`.
    ///
    /// # Errors
    /// As [`Self::route`].
    pub fn route_deleted(method: &Method, path: &[&str], target: &Target<'_>) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        Ok(match (method.as_str(), path) {
            ("GET", []) => Op::GetCertificates(Listed::Deleted, Paging::of(target)?),
            ("GET", [n]) => Op::GetDeletedCertificate(name(n)?),
            ("DELETE", [n]) => Op::PurgeDeletedCertificate(name(n)?),
            ("POST", [n, "recover"]) => Op::RecoverDeletedCertificate(name(n)?),
            _ => return Err(Error::MethodNotAllowed(method.to_string())),
        })
    }

    /// Its name in Azure's audit log.
    pub(super) const fn audit_name(&self) -> &'static str {
        use Operation as Op;
        match self {
            Op::CreateCertificate(..) => "CertificateCreate",
            Op::ImportCertificate(..) => "CertificateImport",
            Op::GetCertificate(..) => "CertificateGet",
            Op::UpdateCertificate(..) => "CertificateUpdate",
            Op::DeleteCertificate(..) => "CertificateDelete",
            Op::GetCertificates(Listed::Deleted, _) => "CertificateListDeleted",
            Op::GetCertificates(..) => "CertificateList",
            Op::GetCertificateVersions(..) => "CertificateListVersions",
            Op::GetCertificatePolicy(..) => "CertificatePolicyGet",
            Op::UpdateCertificatePolicy(..) => "CertificatePolicyUpdate",
            Op::GetCertificateOperation(..) => "CertificatePendingGet",
            Op::UpdateCertificateOperation(..) => "CertificatePendingUpdate",
            Op::DeleteCertificateOperation(..) => "CertificatePendingDelete",
            Op::MergeCertificate(..) => "CertificatePendingMerge",
            Op::BackupCertificate(..) => "CertificateBackup",
            Op::RestoreCertificate(..) => "CertificateRestore",
            Op::GetDeletedCertificate(..) => "CertificateGetDeleted",
            Op::RecoverDeletedCertificate(..) => "CertificateRecover",
            Op::PurgeDeletedCertificate(..) => "CertificatePurge",
        }
    }
}

fn listed(target: &Target<'_>) -> Listed {
    let pending = target.query("includePending").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if pending { Listed::WithPending } else { Listed::Issued }
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub async fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, Error> {
    use Operation as Op;
    let (vault, now, draw) = (&call.vault, call.now, call.draw);
    let write = Writer::new(call);
    let identify = |name: &ObjectName, version| write.id("certificates", name, Some(version));
    match operation {
        Op::CreateCertificate(name, request) => create(name, *request, call).await,
        Op::ImportCertificate(name, request) => import(name, *request, call).await,
        Op::GetCertificate(name, version) => write.certificate(&vault.certificate(&name, version, now)?),
        Op::UpdateCertificate(name, version, request) => {
            let request = UpdateRequest { policy: request.policy.map(|p| write.gated(p)), ..*request };
            write.certificate(&vault.update_certificate(&name, version, request, now)?)
        }
        Op::DeleteCertificate(name) => {
            let settle = draw.duration(&call.timing.delete);
            write.certificate(&vault.delete_certificate(&name, now, settle)?)
        }
        Op::GetCertificates(listed, paging) => list(listed, &paging, call),
        Op::GetCertificateVersions(name, paging) => versions(&name, &paging, call),
        Op::GetCertificatePolicy(name) => {
            let (name, policy) = vault.certificate_policy(&name, now)?;
            Reply::ok(&write.policy(&name, &policy))
        }
        Op::UpdateCertificatePolicy(name, given) => {
            let (name, policy) = vault.update_certificate_policy(&name, write.gated(*given), now)?;
            Reply::ok(&write.policy(&name, &policy))
        }
        Op::GetCertificateOperation(name) => {
            write.operation(&vault.certificate_operation(&name, now)?, call.timing.retry_after)
        }
        Op::UpdateCertificateOperation(name, request) => {
            if request.cancellation_requested != Some(true) {
                return write.operation(&vault.certificate_operation(&name, now)?, None);
            }
            let settle = draw.duration(&call.timing.cancel);
            write.operation(&vault.cancel_certificate_operation(&name, now, settle)?, None)
        }
        Op::DeleteCertificateOperation(name) => {
            write.operation(&vault.delete_certificate_operation(&name, now)?, None)
        }
        Op::MergeCertificate(name, request) => {
            write.merged(&vault.merge_certificate(&name, content::merge(request)?, draw.version(), now)?)
        }
        Op::BackupCertificate(name) => {
            backups::seal(Family::Certificate, vault.backup_certificate(&name, now)?, call).await
        }
        Op::RestoreCertificate(request) => {
            let backup = backups::open(Family::Certificate, request, call).await?;
            write.certificate(&vault.restore_certificate(backup, now, identify)?)
        }
        Op::GetDeletedCertificate(name) => write.certificate(&vault.deleted_certificate(&name, now)?),
        Op::RecoverDeletedCertificate(name) => {
            let settle = draw.duration(&call.timing.recover);
            write.certificate(&vault.recover_certificate(&name, now, settle, identify)?)
        }
        Op::PurgeDeletedCertificate(name) => purge(&name, call),
    }
}

fn purge(name: &ObjectName, call: &Call<'_>) -> Result<Reply, Error> {
    let settle = call.draw.duration(&call.timing.purge);
    call.vault.purge_deleted_certificate(name, call.now, settle).map(|()| Reply::no_content())
}

fn list(listed: Listed, paging: &Paging, call: &Call<'_>) -> Result<Reply, Error> {
    let write = Writer::new(call);
    let after = paging.after_name();
    let slice = call.vault.certificates(listed, after.as_ref(), paging.limit, call.now);
    Reply::ok(&page(slice, call.origin, call.target, |view| write.list_item(&view)))
}

fn versions(name: &ObjectName, paging: &Paging, call: &Call<'_>) -> Result<Reply, Error> {
    let write = Writer::new(call);
    let after = paging.after_version()?;
    let slice = call.vault.certificate_versions(name, after, paging.limit, call.now);
    Reply::ok(&page(slice, call.origin, call.target, |view| write.version_item(&view)))
}

/// Plans under the lock, makes key and certificate outside it, takes them in under the lock again.
async fn create(name: ObjectName, request: CreateRequest, call: &Call<'_>) -> Result<Reply, Error> {
    let write = Writer::new(call);
    let request = write.gated_create(request);
    let plan =
        call.vault.plan_certificate(&name, request, call.now, call.draw.duration(&call.timing.issue))?;
    let (placeholder, drawn) = (call.draw.version(), Drawn::new(call.draw));
    let made = issuing::make(call.keys, call.pki, vec![(plan, drawn)]).await?;
    let (plan, material) = made.into_iter().next().ok_or_else(|| Error::Unexpected("nothing made".into()))?;
    let view = call.vault.create_certificate(&name, plan, placeholder, material, call.now)?;
    write.accepted(&view, call.timing.retry_after)
}

/// Reads the file off the async threads, then takes it in.
async fn import(name: ObjectName, request: ImportRequest, call: &Call<'_>) -> Result<Reply, Error> {
    let write = Writer::new(call);
    let stored = call.vault.plan_import(&name, call.now)?;
    let request = ImportRequest {
        preserve_cert_order: write.preserve_cert_order(request.preserve_cert_order),
        policy: request.policy.map(|policy| write.gated(policy)),
        ..request
    };
    let read = tokio::task::spawn_blocking(move || content::import(request, stored)).await;
    let import = read.map_err(|error| Error::Unexpected(error.to_string()))??;
    write.certificate(&call.vault.import_certificate(&name, import, call.draw.version(), call.now)?)
}
