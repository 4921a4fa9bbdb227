//! Objects of any family in their lives.

use super::{Error, Family, Row, Source};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    vec![
        // certificates.md 4.1
        (
            Error::NotFound(Family::Certificate, "a".into()),
            404,
            "CertificateNotFound",
            None,
            "A certificate with (name/id) a was not found in this key vault. If you recently deleted this certificate you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
            Source::Recorded,
        ),
        (
            Error::DeletedNotFound(Family::Certificate, "a".into()),
            404,
            "CertificateNotFound",
            None,
            "Deleted Certificate not found: a",
            Source::Recorded,
        ),
        // certificates.md 4.1, Java:restoreCertificateFromMalformedBackup
        (
            Error::CorruptBackup,
            400,
            "Malformed backup blob",
            None,
            "Backup blob is corrupt.",
            Source::Recorded,
        ),
        // keys-and-secrets.md E-409
        (
            Error::RestoreConflict(Family::Secret, "V/secrets/n/v".into()),
            409,
            "Conflict",
            None,
            "There was a conflict restoring the secret 'V/secrets/n/v'. This can happen if either: a second secret with the same name was created after the first secret was deleted; thus trying to restore a secret whose name is already in use. To fix this, rename the second secret to something else so that the restore works. The second probable cause of this exception is when multiple operations are performed in parallel against the secret. To avoid this error, perform operations against a secret in a sequential manner.",
            Source::Quoted,
        ),
        // keys-and-secrets.md E-403 and E-400
        (
            Error::Disabled(Family::Key, "sign"),
            403,
            "Forbidden",
            Some("KeyDisabled"),
            "Operation sign is not allowed on a disabled key.",
            Source::Quoted,
        ),
        (
            Error::Disabled(Family::Secret, "get"),
            403,
            "Forbidden",
            Some("SecretDisabled"),
            "Operation get is not allowed on a disabled secret.",
            Source::Recorded,
        ),
        (
            Error::ManagedByCertificate(Family::Secret, "set"),
            403,
            "Forbidden",
            Some("SecretManagedByKeyVault"),
            "Operation \"set\" is not allowed as this object's lifetime is managed by Key Vault.",
            Source::Quoted,
        ),
        (
            Error::ManagedByCertificate(Family::Key, "delete"),
            403,
            "Forbidden",
            Some("KeyManagedByKeyVault"),
            "Operation \"delete\" is not allowed on this Key, since it is associated with a certificate. Perform the operation on the corresponding certificate. For more information refer to https://docs.microsoft.com/en-us/azure/key-vault/certificates/about-certificates#composition-of-a-certificate",
            Source::Quoted,
        ),
        // certificates.md 4.1, Rust:purge_certificate
        (
            Error::BeingDeleted(Family::Certificate),
            409,
            "Conflict",
            Some("ObjectIsBeingDeleted"),
            "Certificate is currently being deleted.",
            Source::Recorded,
        ),
        // certificates.md 4.2
        (
            Error::NameBeingDeleted(Family::Certificate, "a".into()),
            409,
            "Conflict",
            Some("ObjectIsBeingDeleted"),
            "Certificate a is currently being deleted and cannot be re-created; retry later.",
            Source::Quoted,
        ),
        (
            Error::DeletedButRecoverable(Family::Certificate, "a".into()),
            409,
            "Conflict",
            Some("ObjectIsDeletedButRecoverable"),
            "Certificate a is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the certificate can only be recovered or purged.",
            Source::Quoted,
        ),
        (
            Error::NameBeingRecovered(Family::Secret, "a".into()),
            409,
            "Conflict",
            Some("ObjectIsBeingRecovered"),
            "Secret a is currently being recovered and cannot be re-created; retry later.",
            Source::Quoted,
        ),
        // keys-and-secrets.md E-409
        (
            Error::RecoverConflict(Family::Key, "https://v/keys/a/1".into()),
            409,
            "Conflict",
            None,
            "There was a conflict while recovering the soft-deleted key 'https://v/keys/a/1'. This can happen when multiple operations are performed in parallel against the soft-deleted key. To avoid this error, perform operations against the soft-deleted key in a sequential manner.",
            Source::Quoted,
        ),
        // keys-and-secrets.md E-403
        (
            Error::PurgeProtected { vault: "v".into(), location: "westus" },
            403,
            "Forbidden",
            None,
            "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: v;location=westus",
            Source::Quoted,
        ),
        // nobody has recorded it: keys-and-secrets.md has no row for it
        (
            Error::NameTaken(Family::Secret, "n".into()),
            409,
            "Conflict",
            None,
            "A certificate cannot be created with the name n, because there is a secret of that name that does not belong to a certificate.",
            Source::Unverified,
        ),
        // keys-and-secrets.md E-400
        (
            Error::SecretTooLarge,
            400,
            "BadParameter",
            Some("SecretTooLarge"),
            "Secret is beyond the maximum permitted length of 25600 characters.",
            Source::Quoted,
        ),
    ]
}
