//! What secrets and keys have in common: routes below `/secrets`, `/keys` and their deleted lists, and what carries each
//! out. What a family has alone stands in its own module.

use http::Method;
use serde::Serialize;

use crate::error::{Error, Family};
use crate::http::backups;
use crate::http::body::json;
use crate::http::data_plane::Call;
use crate::http::paging::{Paging, page};
use crate::http::reply::Reply;
use crate::http::target::Target;
use crate::http::writer::Writer;
use crate::vault::attributes::Changes;
use crate::vault::collection::Lists;
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::{Object, View};
use crate::wire::certificates::{Attributes, Tags};
use crate::wire::{BackupValue, Listed};

/// One operation that both families have, in Azure's terms.
#[derive(Debug)]
pub enum Operation {
    /// `GET /{family}`, `GET /deleted{family}`
    List(Lists, Paging),
    /// `GET /{family}/{name}/versions`
    GetVersions(ObjectName, Paging),
    /// `DELETE /{family}/{name}`
    Delete(ObjectName),
    /// `POST /{family}/{name}/backup`
    Backup(ObjectName),
    /// `POST /{family}/restore`
    Restore(BackupValue),
    /// `GET /deleted{family}/{name}`
    GetDeleted(ObjectName),
    /// `POST /deleted{family}/{name}/recover`
    Recover(ObjectName),
    /// `DELETE /deleted{family}/{name}`
    Purge(ObjectName),
}

impl Operation {
    /// The operation that a request asks for; `path` is what follows the family's segment.
    ///
    /// # Errors
    /// 400 for a name or body that is none, 405 for a path without that method.
    pub fn route(method: &Method, path: &[&str], target: &Target<'_>, body: &[u8]) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        Ok(match (method.as_str(), path) {
            ("GET", []) => Op::List(Lists::Live, Paging::of(target)?),
            ("GET", [n, "versions"]) => Op::GetVersions(name(n)?, Paging::of(target)?),
            ("DELETE", [n]) => Op::Delete(name(n)?),
            ("POST", ["restore"]) => Op::Restore(json(body)?),
            ("POST", [n, "backup"]) => Op::Backup(name(n)?),
            _ => return Err(Error::MethodNotAllowed(method.to_string())),
        })
    }

    /// The same for requests below `/deleted{family}`.
    ///
    /// # Errors
    /// As [`Self::route`].
    pub fn route_deleted(method: &Method, path: &[&str], target: &Target<'_>) -> Result<Self, Error> {
        use Operation as Op;
        let name = ObjectName::parse;
        Ok(match (method.as_str(), path) {
            ("GET", []) => Op::List(Lists::Deleted, Paging::of(target)?),
            ("GET", [n]) => Op::GetDeleted(name(n)?),
            ("POST", [n, "recover"]) => Op::Recover(name(n)?),
            ("DELETE", [n]) => Op::Purge(name(n)?),
            _ => return Err(Error::MethodNotAllowed(method.to_string())),
        })
    }
}

impl Operation {
    /// Its name in Azure's audit log.
    #[must_use]
    pub fn audit_name(&self, family: Family) -> &'static str {
        use Operation as Op;
        let of = |key, secret| if family == Family::Key { key } else { secret };
        match self {
            Op::List(Lists::Live, _) => of("KeyList", "SecretList"),
            Op::List(Lists::Deleted, _) => of("KeyListDeleted", "SecretListDeleted"),
            Op::GetVersions(..) => of("KeyListVersions", "SecretListVersions"),
            Op::Delete(_) => of("KeyDelete", "SecretDelete"),
            Op::Backup(_) => of("KeyBackup", "SecretBackup"),
            Op::Restore(_) => of("KeyRestore", "SecretRestore"),
            Op::GetDeleted(_) => of("KeyGetDeleted", "SecretGetDeleted"),
            Op::Recover(_) => of("KeyRecover", "SecretRecover"),
            Op::Purge(_) => of("KeyPurge", "SecretPurge"),
        }
    }
}

/// How a family's objects are written.
pub trait Written: Object {
    /// The family's path segment.
    const COLLECTION: &'static str;
    /// The segment of its deleted objects.
    const DELETED: &'static str;
    /// An object in full, but for what is shown to those only who ask for it.
    type Bundle: Serialize;
    /// An object in a list.
    type Item: Serialize;

    /// An object in full.
    fn bundle(view: &View<Self>, write: &Writer<'_>) -> Self::Bundle;

    /// A deleted object in full, when it is looked at later.
    fn deleted_bundle(view: &View<Self>, write: &Writer<'_>) -> Self::Bundle {
        Self::bundle(view, write)
    }

    /// An object in a list of names, or of versions.
    fn item(view: &View<Self>, version: Option<Version>, write: &Writer<'_>) -> Self::Item;

    /// Whether a deleted object may be looked at.
    ///
    /// # Errors
    /// The situation in which it may not.
    fn ensure_readable(view: &View<Self>) -> Result<(), Error>;
}

/// 200 with an object, deleted or not.
///
/// # Errors
/// See [`Reply::ok`].
pub fn reply<T: Written>(view: &View<T>, write: &Writer<'_>) -> Result<Reply, Error> {
    reply_with(view, T::bundle(view, write), write)
}

fn reply_with<T: Written>(view: &View<T>, bundle: T::Bundle, write: &Writer<'_>) -> Result<Reply, Error> {
    let reply = match view.deletion {
        None => Reply::ok(&bundle),
        Some(deletion) => Reply::ok(&write.deleted(T::DELETED, &view.name, deletion, bundle)),
    };
    Ok(reply?.showing(view.version.version))
}

/// A version of a name in a path; what cannot be spelled as one is not there.
///
/// # Errors
/// 404.
pub fn version(family: Family, name: &str, segment: &str) -> Result<Version, Error> {
    Version::parse(segment).ok_or_else(|| Error::NotFound(family, format!("{name}/{segment}")).assumed())
}

/// What a body's attributes and tags ask for; members that only the service sets are ignored (section 3.2).
#[must_use]
pub fn changes(attributes: Option<Attributes>, tags: Option<Tags>) -> Changes {
    let given = attributes.unwrap_or_default();
    Changes { enabled: given.enabled, not_before: given.nbf, not_after: given.exp, tags }
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub async fn run<T: Written>(operation: Operation, call: &Call<'_>) -> Result<Reply, Error>
where
    T::Record: Send + 'static,
    T::Policy: Send + 'static,
{
    use Operation as Op;
    let (vault, now) = (&call.vault, call.now);
    let write = Writer::new(call);
    let identify = |name: &ObjectName, version| write.id(T::COLLECTION, name, Some(version));
    match operation {
        Op::List(lists, paging) => {
            let after = paging.after_name();
            let slice = vault.objects::<T>(lists, after.as_ref(), paging.limit, now);
            Reply::ok(&page(slice, call.origin, call.target, |view| listed(&view, &write)))
        }
        Op::GetVersions(name, paging) => {
            let after = paging.after_version()?;
            let slice = vault.object_versions::<T>(&name, after, paging.limit, now);
            let item = |view: View<T>| T::item(&view, Some(view.version.version), &write);
            Reply::ok(&page(slice, call.origin, call.target, item))
        }
        Op::Delete(name) => {
            let settle = call.draw.duration(&call.timing.delete);
            reply(&vault.delete_object::<T>(&name, now, settle)?, &write)
        }
        Op::Backup(name) => backups::seal(T::FAMILY, vault.backup_object::<T>(&name, now)?, call).await,
        Op::Restore(request) => {
            let backup = backups::open(T::FAMILY, request, call).await?;
            reply(&vault.restore_object::<T>(backup, now, identify)?, &write)
        }
        Op::GetDeleted(name) => {
            let view = vault.deleted_object::<T>(&name, now)?;
            T::ensure_readable(&view)?;
            reply_with(&view, T::deleted_bundle(&view, &write), &write)
        }
        Op::Recover(name) => {
            let settle = call.draw.duration(&call.timing.recover);
            reply(&vault.recover_object::<T>(&name, now, settle, identify)?, &write)
        }
        Op::Purge(name) => {
            let settle = call.draw.duration(&call.timing.purge);
            vault.purge_object::<T>(&name, now, settle).map(|()| Reply::no_content())
        }
    }
}

fn listed<T: Written>(view: &View<T>, write: &Writer<'_>) -> Listed<T::Item> {
    let item = T::item(view, None, write);
    match view.deletion {
        None => Listed::Live(item),
        Some(deletion) => Listed::Deleted(write.deleted(T::DELETED, &view.name, deletion, item)),
    }
}
