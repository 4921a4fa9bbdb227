//! What the emulator says for itself.

use super::{Error, Row, Source};

pub(super) fn rows() -> Vec<Row> {
    vec![
        (
            Error::BodyTooLarge,
            413,
            "RequestEntityTooLarge",
            None,
            "The request body is larger than this service accepts.",
            Source::Unverified,
        ),
        (
            Error::VaultNotFound("v".into()),
            404,
            "VaultNotFound",
            None,
            "akv: there is no vault 'v', and vaults are not made on first use here. Name it with --vault, or start without --closed.",
            Source::Own,
        ),
        (
            Error::VaultDeleted("v".into()),
            404,
            "VaultNotFound",
            None,
            "akv: the vault 'v' is deleted, and its host name would not resolve on Azure. `az keyvault recover` brings it back.",
            Source::Own,
        ),
        (
            Error::TlsRequired,
            400,
            "HttpsRequired",
            None,
            "akv: the data plane is served over https only, as Azure's is.",
            Source::Own,
        ),
        (
            Error::NotEmulated("merge".into()),
            501,
            "NotImplemented",
            None,
            "akv: merge is not emulated yet.",
            Source::Own,
        ),
        (
            Error::Unexpected("x".into()),
            500,
            "InternalServerError",
            None,
            "akv: an unexpected fault; its cause is in the log.",
            Source::Own,
        ),
    ]
}
