//! The Online Certificate Status Protocol, RFC 6960: one request in, one signed answer out.
//!
//! The structures are declared here: the crate that has them (`x509-ocsp`) is not out for this `x509-cert` yet.

use aws_lc_rs::digest;
use const_oid::db::rfc5912::{ID_SHA_1, ID_SHA_256};
use const_oid::db::rfc6960::{ID_PKIX_OCSP_BASIC, ID_PKIX_OCSP_NONCE};
use der::asn1::{Any, BitString, GeneralizedTime, Int, Null, ObjectIdentifier, OctetString};
use der::{Choice, Decode, Encode, Enumerated, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;

use super::super::{CryptoError, Validity};
use super::{Authority, Revocation, SerialNumber};
use crate::timestamp::Timestamp;

/// What an authority says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was not revoked.
    Good,
    /// It was.
    Revoked(Revocation),
}

#[derive(Sequence)]
struct OcspRequest {
    tbs_request: TbsRequest,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    signature: Option<Any>,
}

#[derive(Sequence)]
struct TbsRequest {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    requestor: Option<Any>,
    requests: Vec<SingleRequest>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Sequence)]
struct SingleRequest {
    certificate: CertificateId,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Clone, Sequence)]
struct CertificateId {
    hash_algorithm: AlgorithmIdentifierOwned,
    issuer_name_hash: OctetString,
    issuer_key_hash: OctetString,
    serial_number: Int,
}

#[derive(Clone, Copy, PartialEq, Eq, Enumerated)]
#[repr(u8)]
enum ResponseStatus {
    Successful = 0,
    MalformedRequest = 1,
    Unauthorized = 6,
}

#[derive(Sequence)]
struct OcspResponse {
    status: ResponseStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes>,
}

#[derive(Sequence)]
struct ResponseBytes {
    response_type: ObjectIdentifier,
    response: OctetString,
}

#[derive(Sequence)]
struct BasicResponse {
    content: ResponseData,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

#[derive(Sequence)]
struct ResponseData {
    responder: ResponderId,
    produced_at: GeneralizedTime,
    responses: Vec<SingleResponse>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Choice)]
enum ResponderId {
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    ByKey(OctetString),
}

#[derive(Sequence)]
struct SingleResponse {
    certificate: CertificateId,
    status: CertificateStatus,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
}

#[derive(Choice)]
enum CertificateStatus {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

#[derive(Sequence)]
struct RevokedInfo {
    at: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    reason: Option<CrlReason>,
}

/// The DER of the answer to a request in DER, which holds for `period`.
///
/// It is signed by the one of `authorities` that issued the first certificate asked for; `standing` says what is to be
/// said of a certificate of that authority, by the authority's index. What another one issued is unknown to it. Whoever
/// asks for none of theirs is told `unauthorized` (RFC 5019 section 2.2.3), whoever sends something else that it is no
/// request.
///
/// # Errors
/// [`CryptoError::Signing`] when the library fails.
pub fn answer_ocsp(
    request: &[u8],
    authorities: &[&Authority],
    standing: impl Fn(usize, SerialNumber) -> Standing,
    period: Validity,
) -> Result<Vec<u8>, CryptoError> {
    let Ok(request) = OcspRequest::from_der(request) else { return failed(ResponseStatus::MalformedRequest) };
    let request = request.tbs_request;
    let Some(first) = request.requests.first() else { return failed(ResponseStatus::MalformedRequest) };
    let signer = authorities.iter().position(|authority| authority.issued(&first.certificate));
    let Some(signer) = signer else { return failed(ResponseStatus::Unauthorized) };
    let authority = authorities[signer];
    let (this, next) = (instant(period.not_before)?, instant(period.not_after)?);
    let mut responses = Vec::with_capacity(request.requests.len());
    for SingleRequest { certificate, .. } in request.requests {
        let serial = SerialNumber::from_bytes(certificate.serial_number.as_bytes());
        let status = match serial.filter(|_| authority.issued(&certificate)) {
            None => CertificateStatus::Unknown(Null),
            Some(serial) => status(standing(signer, serial))?,
        };
        responses.push(SingleResponse { certificate, status, this_update: this, next_update: Some(next) });
    }
    let nonce = request.extensions.unwrap_or_default().into_iter().find(|e| e.extn_id == ID_PKIX_OCSP_NONCE);
    let content = ResponseData {
        responder: ResponderId::ByKey(OctetString::new(authority.key_identifier.as_slice())?),
        produced_at: this,
        responses,
        extensions: nonce.map(|nonce| vec![nonce]),
    };
    authority.sign_ocsp(content)
}

fn failed(status: ResponseStatus) -> Result<Vec<u8>, CryptoError> {
    Ok(OcspResponse { status, bytes: None }.to_der()?)
}

fn status(standing: Standing) -> Result<CertificateStatus, CryptoError> {
    Ok(match standing {
        Standing::Good => CertificateStatus::Good(Null),
        Standing::Revoked(revocation) => CertificateStatus::Revoked(RevokedInfo {
            at: instant(revocation.at)?,
            reason: Some(revocation.reason.to_x509()),
        }),
    })
}

fn instant(at: Timestamp) -> Result<GeneralizedTime, CryptoError> {
    let seconds = u64::try_from(at.seconds()).map_err(|_| der::ErrorKind::DateTime.to_error())?;
    Ok(GeneralizedTime::from_unix_duration(std::time::Duration::from_secs(seconds))?)
}

impl Authority {
    fn issued(&self, certificate: &CertificateId) -> bool {
        let algorithm = match certificate.hash_algorithm.oid {
            ID_SHA_1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            ID_SHA_256 => &digest::SHA256,
            _ => return false,
        };
        let hash = |bytes: &[u8]| digest::digest(algorithm, bytes);
        let key = hash(self.key.public_key().info().subject_public_key.raw_bytes());
        let name = self.name.to_der().map(|der| hash(&der));
        key.as_ref() == certificate.issuer_key_hash.as_bytes()
            && name.is_ok_and(|name| name.as_ref() == certificate.issuer_name_hash.as_bytes())
    }

    fn sign_ocsp(&self, content: ResponseData) -> Result<Vec<u8>, CryptoError> {
        let signature = BitString::from_bytes(&self.key.sign(&content.to_der()?)?)?;
        let algorithm = self.key.signature_algorithm();
        let response = BasicResponse { content, algorithm, signature }.to_der()?;
        let bytes =
            ResponseBytes { response_type: ID_PKIX_OCSP_BASIC, response: OctetString::new(response)? };
        Ok(OcspResponse { status: ResponseStatus::Successful, bytes: Some(bytes) }.to_der()?)
    }
}
