//! What each request to a vault needs permission for: the one table of the data plane's operations.
//!
//! Sources: the descriptions of the operations in azure-rest-api-specs ("This operation requires the
//! certificates/get permission"); Azure's reference of data actions; Microsoft's table from access policies to data
//! actions (KeyVault-AccessPolicyToRBAC-CompareTool). It must not decide who has them: that is
//! [`crate::authorization::decision`].

use http::Method;

use crate::authorization::policy::Kind;
use crate::authorization::requirement::{Action, Requirement};

/// The object that a request is about: its collection in resource ids, and its name.
pub type Object<'a> = Option<(&'static str, &'a str)>;

type Row<'a> = Option<(Requirement, Object<'a>)>;

/// What a request needs and on what; `None` for one that is no operation, which is refused for that.
#[must_use]
pub fn requirement<'a>(method: &Method, path: &[&'a str]) -> Row<'a> {
    match path {
        ["certificates", "issuers", rest @ ..] => issuers(method, rest),
        ["certificates", "contacts", ..] => CONTACTS.on(None),
        ["certificates", rest @ ..] => certificates(method, rest),
        ["deletedcertificates", rest @ ..] => deleted_certificates(method, rest),
        ["secrets", rest @ ..] => secrets(method, rest),
        ["deletedsecrets", rest @ ..] => deleted_secrets(method, rest),
        ["keys", rest @ ..] => keys(method, rest),
        ["deletedkeys", rest @ ..] => deleted_keys(method, rest),
        _ => None,
    }
}

impl Requirement {
    /// The requirement on an object of its family, or on the vault.
    fn on<'a>(self, name: Option<&&'a str>) -> Row<'a> {
        Some((self, name.map(|&name| (self.kind.name(), name))))
    }
}

const fn certificate(permissions: &'static [&'static str], actions: &'static [Action]) -> Requirement {
    Requirement { kind: Kind::Certificates, permissions, actions }
}

const fn secret(permissions: &'static [&'static str], actions: &'static [Action]) -> Requirement {
    Requirement { kind: Kind::Secrets, permissions, actions }
}

const fn key(permissions: &'static [&'static str], actions: &'static [Action]) -> Requirement {
    Requirement { kind: Kind::Keys, permissions, actions }
}

/// To read the contacts asks for no less than to write them (Azure/azure-powershell issues 19531 and 27911).
const CONTACTS: Requirement = certificate(&["managecontacts"], &[Action("certificatecontacts/write")]);

fn issuers<'a>(method: &Method, path: &[&'a str]) -> Row<'a> {
    const LIST: Requirement =
        certificate(&["listissuers", "manageissuers"], &[Action("certificatecas/read")]);
    const GET: Requirement = certificate(&["getissuers", "manageissuers"], &[Action("certificatecas/read")]);
    const SET: Requirement = certificate(&["setissuers", "manageissuers"], &[Action("certificatecas/write")]);
    const DELETE: Requirement =
        certificate(&["deleteissuers", "manageissuers"], &[Action("certificatecas/delete")]);
    let on = |requirement: Requirement, name: &'a str| Some((requirement, Some(("certificatecas", name))));
    match (method.as_str(), path) {
        ("GET", []) => LIST.on(None),
        ("GET", [n]) => on(GET, n),
        ("PUT" | "PATCH", [n]) => on(SET, n),
        ("DELETE", [n]) => on(DELETE, n),
        _ => None,
    }
}

const READ_CERTIFICATES: &[Action] = &[Action("certificates/read")];
const READ_SECRETS: &[Action] = &[Action("secrets/readMetadata/action")];
const READ_KEYS: &[Action] = &[Action("keys/read")];

fn certificates<'a>(method: &Method, path: &[&'a str]) -> Row<'a> {
    const LIST: Requirement = certificate(&["list"], READ_CERTIFICATES);
    const GET: Requirement = certificate(&["get"], READ_CERTIFICATES);
    const UPDATE: Requirement = certificate(&["update"], &[Action("certificates/update/action")]);
    const CREATE: Requirement = certificate(&["create"], &[Action("certificates/create/action")]);
    const IMPORT: Requirement = certificate(&["import"], &[Action("certificates/import/action")]);
    const DELETE: Requirement = certificate(&["delete"], &[Action("certificates/delete")]);
    const BACKUP: Requirement = certificate(&["backup"], &[Action("certificates/backup/action")]);
    const RESTORE: Requirement = certificate(&["restore"], &[Action("certificates/restore/action")]);
    match (method.as_str(), path) {
        ("GET", []) => LIST.on(None),
        ("POST", ["restore"]) => RESTORE.on(None),
        ("GET", [n, "versions"]) => LIST.on(Some(n)),
        ("GET", [n] | [n, _]) => GET.on(Some(n)),
        ("POST", [n, "create"] | [n, "pending", "merge"]) => CREATE.on(Some(n)),
        ("POST", [n, "import"]) => IMPORT.on(Some(n)),
        ("POST", [n, "backup"]) => BACKUP.on(Some(n)),
        ("PATCH", [n] | [n, _]) | ("DELETE", [n, "pending"]) => UPDATE.on(Some(n)),
        ("DELETE", [n]) => DELETE.on(Some(n)),
        _ => None,
    }
}

fn deleted_certificates<'a>(method: &Method, path: &[&'a str]) -> Row<'a> {
    const LIST: Requirement = certificate(&["list"], READ_CERTIFICATES);
    const GET: Requirement = certificate(&["get"], READ_CERTIFICATES);
    const RECOVER: Requirement = certificate(&["recover"], &[Action("certificates/recover/action")]);
    const PURGE: Requirement = certificate(&["purge"], &[Action("certificates/purge/action")]);
    deleted(method, path, [LIST, GET, RECOVER, PURGE])
}

fn secrets<'a>(method: &Method, path: &[&'a str]) -> Row<'a> {
    const LIST: Requirement = secret(&["list"], READ_SECRETS);
    const GET: Requirement = secret(&["get"], &[Action("secrets/getSecret/action")]);
    const SET: Requirement = secret(&["set"], &[Action("secrets/setSecret/action")]);
    const UPDATE: Requirement = secret(&["set"], &[Action("secrets/update/action")]);
    const DELETE: Requirement = secret(&["delete"], &[Action("secrets/delete")]);
    const BACKUP: Requirement = secret(&["backup"], &[Action("secrets/backup/action")]);
    const RESTORE: Requirement = secret(&["restore"], &[Action("secrets/restore/action")]);
    match (method.as_str(), path) {
        ("GET", []) => LIST.on(None),
        ("POST", ["restore"]) => RESTORE.on(None),
        ("GET", [n, "versions"]) => LIST.on(Some(n)),
        ("GET", [n] | [n, _]) => GET.on(Some(n)),
        ("PUT", [n]) => SET.on(Some(n)),
        ("PATCH", [n] | [n, _]) => UPDATE.on(Some(n)),
        ("POST", [n, "backup"]) => BACKUP.on(Some(n)),
        ("DELETE", [n]) => DELETE.on(Some(n)),
        _ => None,
    }
}

fn deleted_secrets<'a>(method: &Method, path: &[&'a str]) -> Row<'a> {
    const LIST: Requirement = secret(&["list"], READ_SECRETS);
    // The answer holds no value, yet the permission is that of reading one; which data action it is nobody recorded.
    const GET: Requirement =
        secret(&["get"], &[Action("secrets/getSecret/action"), Action("secrets/readMetadata/action")]);
    const RECOVER: Requirement = secret(&["recover"], &[Action("secrets/recover/action")]);
    const PURGE: Requirement = secret(&["purge"], &[Action("secrets/purge/action")]);
    deleted(method, path, [LIST, GET, RECOVER, PURGE])
}

fn keys<'a>(method: &Method, path: &[&'a str]) -> Row<'a> {
    const LIST: Requirement = key(&["list"], READ_KEYS);
    const GET: Requirement = key(&["get"], READ_KEYS);
    const CREATE: Requirement = key(&["create"], &[Action("keys/create/action")]);
    const IMPORT: Requirement = key(&["import"], &[Action("keys/import/action")]);
    const UPDATE: Requirement = key(&["update"], &[Action("keys/update/action")]);
    const DELETE: Requirement = key(&["delete"], &[Action("keys/delete")]);
    const BACKUP: Requirement = key(&["backup"], &[Action("keys/backup/action")]);
    const RESTORE: Requirement = key(&["restore"], &[Action("keys/restore/action")]);
    const ROTATE: Requirement = key(&["rotate"], &[Action("keys/rotate/action")]);
    const GET_POLICY: Requirement = key(&["getrotationpolicy"], &[Action("keyrotationpolicies/read")]);
    const SET_POLICY: Requirement = key(&["setrotationpolicy"], &[Action("keyrotationpolicies/write")]);
    match (method.as_str(), path) {
        ("GET", []) => LIST.on(None),
        ("POST", ["restore"]) => RESTORE.on(None),
        ("GET", [n, "versions"]) => LIST.on(Some(n)),
        ("GET", [n, "rotationpolicy"]) => GET_POLICY.on(Some(n)),
        ("GET", [n] | [n, _] | [n, _, "attestation"]) => GET.on(Some(n)),
        ("PUT", [n, "rotationpolicy"]) => SET_POLICY.on(Some(n)),
        ("PUT", [n] | [n, _]) => IMPORT.on(Some(n)),
        ("PATCH", [n] | [n, _]) => UPDATE.on(Some(n)),
        ("DELETE", [n]) => DELETE.on(Some(n)),
        ("POST", [n, "create"]) => CREATE.on(Some(n)),
        ("POST", [n, "backup"]) => BACKUP.on(Some(n)),
        ("POST", [n, "rotate"]) => ROTATE.on(Some(n)),
        ("POST", [n, operation] | [n, _, operation]) => key_operation(operation)?.on(Some(n)),
        _ => None,
    }
}

/// What needs a public key only may be done by whoever may read the key; of a symmetric key nothing is public (Azure's
/// reference of data actions), which the key tells, not the path.
fn key_operation(operation: &str) -> Option<Requirement> {
    Some(match operation.to_ascii_lowercase().as_str() {
        "encrypt" => key(&["encrypt"], &[Action("keys/encrypt/action"), Action("keys/read")]),
        "decrypt" => key(&["decrypt"], &[Action("keys/decrypt/action")]),
        "sign" => key(&["sign"], &[Action("keys/sign/action")]),
        "verify" => key(&["verify"], &[Action("keys/verify/action"), Action("keys/read")]),
        "wrapkey" => key(&["wrapKey"], &[Action("keys/wrap/action"), Action("keys/read")]),
        "unwrapkey" => key(&["unwrapKey"], &[Action("keys/unwrap/action")]),
        "release" => key(&["release"], &[Action("keys/release/action")]),
        _ => return None,
    })
}

fn deleted_keys<'a>(method: &Method, path: &[&'a str]) -> Row<'a> {
    const LIST: Requirement = key(&["list"], READ_KEYS);
    const GET: Requirement = key(&["get"], READ_KEYS);
    const RECOVER: Requirement = key(&["recover"], &[Action("keys/recover/action")]);
    const PURGE: Requirement = key(&["purge"], &[Action("keys/purge/action")]);
    deleted(method, path, [LIST, GET, RECOVER, PURGE])
}

/// What the deleted objects of every family have in common.
fn deleted<'a>(method: &Method, path: &[&'a str], [list, get, recover, purge]: [Requirement; 4]) -> Row<'a> {
    match (method.as_str(), path) {
        ("GET", []) => list.on(None),
        ("GET", [n]) => get.on(Some(n)),
        ("POST", [n, "recover"]) => recover.on(Some(n)),
        ("DELETE", [n]) => purge.on(Some(n)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(line: &str) -> String {
        let (method, path) = line.split_once(' ').unwrap();
        let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let Some((found, object)) = requirement(&method.parse().unwrap(), &segments) else {
            return "nothing".to_owned();
        };
        let object = object.map(|(collection, name)| format!(" on {collection}/{name}")).unwrap_or_default();
        let action = found.action();
        let action = action.strip_prefix("Microsoft.KeyVault/vaults/").unwrap();
        format!("{} {}, {action}{object}", found.kind.name(), found.permission())
    }

    /// azure-rest-api-specs, keyvault data plane, "This operation requires the .. permission".
    const TABLE: &[(&str, &str)] = &[
        ("GET /certificates", "certificates list, certificates/read"),
        ("GET /certificates/c", "certificates get, certificates/read on certificates/c"),
        ("GET /certificates/c/v1", "certificates get, certificates/read on certificates/c"),
        ("GET /certificates/c/versions", "certificates list, certificates/read on certificates/c"),
        ("GET /certificates/c/policy", "certificates get, certificates/read on certificates/c"),
        ("PATCH /certificates/c/policy", "certificates update, certificates/update/action on certificates/c"),
        ("GET /certificates/c/pending", "certificates get, certificates/read on certificates/c"),
        (
            "PATCH /certificates/c/pending",
            "certificates update, certificates/update/action on certificates/c",
        ),
        (
            "DELETE /certificates/c/pending",
            "certificates update, certificates/update/action on certificates/c",
        ),
        (
            "POST /certificates/c/pending/merge",
            "certificates create, certificates/create/action on certificates/c",
        ),
        ("POST /certificates/c/create", "certificates create, certificates/create/action on certificates/c"),
        ("POST /certificates/c/import", "certificates import, certificates/import/action on certificates/c"),
        ("PATCH /certificates/c/v1", "certificates update, certificates/update/action on certificates/c"),
        ("DELETE /certificates/c", "certificates delete, certificates/delete on certificates/c"),
        ("POST /certificates/c/backup", "certificates backup, certificates/backup/action on certificates/c"),
        ("POST /certificates/restore", "certificates restore, certificates/restore/action"),
        ("GET /certificates/issuers", "certificates listissuers, certificatecas/read"),
        ("GET /certificates/issuers/i", "certificates getissuers, certificatecas/read on certificatecas/i"),
        ("PUT /certificates/issuers/i", "certificates setissuers, certificatecas/write on certificatecas/i"),
        (
            "PATCH /certificates/issuers/i",
            "certificates setissuers, certificatecas/write on certificatecas/i",
        ),
        (
            "DELETE /certificates/issuers/i",
            "certificates deleteissuers, certificatecas/delete on certificatecas/i",
        ),
        ("GET /certificates/contacts", "certificates managecontacts, certificatecontacts/write"),
        ("PUT /certificates/contacts", "certificates managecontacts, certificatecontacts/write"),
        ("GET /deletedcertificates", "certificates list, certificates/read"),
        ("GET /deletedcertificates/c", "certificates get, certificates/read on certificates/c"),
        (
            "POST /deletedcertificates/c/recover",
            "certificates recover, certificates/recover/action on certificates/c",
        ),
        ("DELETE /deletedcertificates/c", "certificates purge, certificates/purge/action on certificates/c"),
        ("GET /secrets", "secrets list, secrets/readMetadata/action"),
        ("GET /secrets/s", "secrets get, secrets/getSecret/action on secrets/s"),
        ("GET /secrets/s/versions", "secrets list, secrets/readMetadata/action on secrets/s"),
        ("PUT /secrets/s", "secrets set, secrets/setSecret/action on secrets/s"),
        ("PATCH /secrets/s/v1", "secrets set, secrets/update/action on secrets/s"),
        ("DELETE /secrets/s", "secrets delete, secrets/delete on secrets/s"),
        ("POST /secrets/s/backup", "secrets backup, secrets/backup/action on secrets/s"),
        ("POST /secrets/restore", "secrets restore, secrets/restore/action"),
        ("GET /deletedsecrets", "secrets list, secrets/readMetadata/action"),
        ("DELETE /deletedsecrets/s", "secrets purge, secrets/purge/action on secrets/s"),
        ("GET /keys", "keys list, keys/read"),
        ("GET /keys/k/v1", "keys get, keys/read on keys/k"),
        ("POST /keys/k/create", "keys create, keys/create/action on keys/k"),
        ("PUT /keys/k", "keys import, keys/import/action on keys/k"),
        ("PATCH /keys/k", "keys update, keys/update/action on keys/k"),
        ("POST /keys/k/rotate", "keys rotate, keys/rotate/action on keys/k"),
        ("GET /keys/k/rotationpolicy", "keys getrotationpolicy, keyrotationpolicies/read on keys/k"),
        ("PUT /keys/k/rotationpolicy", "keys setrotationpolicy, keyrotationpolicies/write on keys/k"),
        ("POST /keys/k/v1/wrapKey", "keys wrapKey, keys/wrap/action on keys/k"),
        ("POST /keys/k/UNWRAPKEY", "keys unwrapKey, keys/unwrap/action on keys/k"),
        ("POST /keys/k/v1/release", "keys release, keys/release/action on keys/k"),
        ("POST /deletedkeys/k/recover", "keys recover, keys/recover/action on keys/k"),
        ("POST /keys/k/v1/paint", "nothing"),
        ("PUT /certificates/c", "nothing"),
        ("GET /nowhere", "nothing"),
    ];

    #[test]
    fn every_operation_needs_a_permission_and_a_data_action() {
        for &(line, expected) in TABLE {
            assert_eq!(needed(line), expected, "{line}");
        }
    }
}
