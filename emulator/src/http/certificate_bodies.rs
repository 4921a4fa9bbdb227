//! What the vault says of certificates, written as Azure writes it: identifiers from the caller's origin, members by
//! operation and api-version. It decides nothing (certificates.md sections 2.1 to 2.9, 6).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::StatusCode;

use crate::error::Error;
use crate::http::data_plane::Call;
use crate::http::reply::Reply;
use crate::http::writer;
use crate::vault::certificate_operations::OperationView;
use crate::vault::certificates::CertificateView;
use crate::vault::collection::Deletion;
use crate::vault::name::{ObjectName, Version};
use crate::vault::operation::{Cancellation, Ending, Status};
use crate::vault::policy::Policy;
use crate::wire::certificates::{
    Attributes, CertificateBundle, CertificateOperation, CertificatePolicy, CreateRequest, IssuerName,
    OperationError, OperationId,
};
use crate::wire::{Deleted, Listed};

/// certificates.md section 2.3, issuer Unknown.
const AWAITS_MERGE: &str = "Pending certificate created. Please Perform Merge to complete the request.";
/// certificates.md section 2.3, issuer Self or an authority.
const IN_PROGRESS: &str = "Pending certificate created. Certificate request is in progress. This may take some time based on the issuer provider. Please check again later.";

/// Writes the bodies of one request.
#[derive(Debug)]
pub struct Writer<'a> {
    common: writer::Writer<'a>,
    api_version_text: &'a str,
}

impl<'a> Writer<'a> {
    /// A writer for the answers to `call`.
    #[must_use]
    pub fn new(call: &'a Call<'_>) -> Self {
        Self {
            common: writer::Writer::new(call),
            api_version_text: call.target.query("api-version").unwrap_or_default(),
        }
    }

    /// `{vault}/{collection}/{name}[/{version}]`.
    #[must_use]
    pub fn id(&self, collection: &str, name: &ObjectName, version: Option<Version>) -> String {
        self.common.id(collection, name, version)
    }

    /// 200 with a certificate, deleted or not.
    ///
    /// # Errors
    /// See [`Reply::ok`].
    pub fn certificate(&self, view: &CertificateView) -> Result<Reply, Error> {
        let bundle = self.bundle(view);
        let reply = match view.deletion {
            None => Reply::ok(&bundle),
            Some(deletion) => Reply::ok(&self.deleted(view, deletion, bundle)),
        };
        Ok(reply?.showing(view.version.version))
    }

    /// 201 with a certificate, and where it is.
    ///
    /// # Errors
    /// See [`Reply::ok`].
    pub fn merged(&self, view: &CertificateView) -> Result<Reply, Error> {
        let location = self.id("certificates", &view.name, Some(view.version.version));
        let location = format!("{location}?api-version={}", self.api_version_text);
        Ok(Reply { status: StatusCode::CREATED, location: Some(location), ..self.certificate(view)? })
    }

    /// An item of a live or deleted list.
    #[must_use]
    pub fn list_item(&self, view: &CertificateView) -> Listed<CertificateBundle> {
        let bundle = self.item(view, None);
        match view.deletion {
            None => Listed::Live(bundle),
            Some(deletion) => Listed::Deleted(self.deleted(view, deletion, bundle)),
        }
    }

    /// An item of a list of versions.
    #[must_use]
    pub fn version_item(&self, view: &CertificateView) -> CertificateBundle {
        self.item(view, Some(view.version.version))
    }

    /// A policy.
    #[must_use]
    pub fn policy(&self, name: &ObjectName, policy: &Policy) -> CertificatePolicy {
        self.gated(policy.to_wire(format!("{}/policy", self.id("certificates", name, None))))
    }

    /// 202 with the operation, and where to ask for it.
    ///
    /// # Errors
    /// See [`Reply::ok`].
    pub fn accepted(&self, view: &OperationView, retry_after: u32) -> Result<Reply, Error> {
        let location = format!(
            "{}?api-version={}&request_id={}",
            self.operation_id(&view.name),
            self.api_version_text,
            view.operation.request_id
        );
        let reply = self.operation(view, retry_after)?;
        Ok(Reply { status: StatusCode::ACCEPTED, location: Some(location), ..reply })
    }

    /// 200 with the operation; `Retry-After`, if given, while it is in progress.
    ///
    /// # Errors
    /// See [`Reply::ok`].
    pub fn operation(
        &self,
        view: &OperationView,
        retry_after: impl Into<Option<u32>>,
    ) -> Result<Reply, Error> {
        let in_progress = view.status == Status::InProgress;
        let failure = match &view.operation.ending {
            Ending::Failed(_, why) if view.status == Status::Failed => Some(why.answer()),
            _ => None,
        };
        let reply = Reply::ok(&CertificateOperation {
            id: self.operation_id(&view.name),
            issuer: IssuerName { name: view.operation.issuer.clone() },
            csr: STANDARD.encode(&view.operation.csr),
            cancellation_requested: view.operation.cancellation != Cancellation::No,
            status: match view.status {
                Status::InProgress => "inProgress",
                Status::Completed => "completed",
                Status::Cancelled => "cancelled",
                Status::Failed => "failed",
            },
            status_details: (in_progress || failure.is_some())
                .then(|| if view.operation.waits_for_merge() { AWAITS_MERGE } else { IN_PROGRESS }),
            preserve_cert_order: self.preserve_cert_order(view.operation.preserve_cert_order),
            target: (view.status == Status::Completed).then(|| self.id("certificates", &view.name, None)),
            error: failure
                .map(|answer| OperationError { code: answer.code, message: answer.message.into_owned() }),
            request_id: view.operation.request_id.to_string(),
        })?;
        Ok(Reply { retry_after: retry_after.into().filter(|_| in_progress), ..reply })
    }

    /// A client's policy without what its api-version does not have.
    #[must_use]
    pub fn gated(&self, mut policy: CertificatePolicy) -> CertificatePolicy {
        let sans = policy.x509_props.as_mut().and_then(|x509| x509.sans.as_mut());
        if let Some(sans) = sans.filter(|_| !self.common.api_version.has_uri_and_ip_names()) {
            sans.uris = None;
            sans.ip_addresses = None;
        }
        policy.platform_managed =
            policy.platform_managed.filter(|_| self.common.api_version.has_platform_managed());
        policy
    }

    /// A client's request without what its api-version does not have.
    #[must_use]
    pub fn gated_create(&self, request: CreateRequest) -> CreateRequest {
        CreateRequest {
            preserve_cert_order: self.preserve_cert_order(request.preserve_cert_order),
            policy: request.policy.map(|policy| self.gated(policy)),
            ..request
        }
    }

    fn operation_id(&self, name: &ObjectName) -> String {
        format!("{}/pending", self.id("certificates", name, None))
    }

    /// `preserveCertOrder`, where the api-version has it.
    #[must_use]
    pub fn preserve_cert_order(&self, given: Option<bool>) -> Option<bool> {
        given.filter(|_| self.common.api_version.has_preserve_cert_order())
    }

    fn deleted(
        &self,
        view: &CertificateView,
        deletion: Deletion,
        object: CertificateBundle,
    ) -> Deleted<CertificateBundle> {
        self.common.deleted("deletedcertificates", &view.name, deletion, object)
    }

    fn bundle(&self, view: &CertificateView) -> CertificateBundle {
        let version = view.version.version;
        let issued = view.version.issued.as_deref();
        let door = |collection| issued.map(|_| self.id(collection, &view.name, Some(version)));
        CertificateBundle {
            id: self.id("certificates", &view.name, Some(version)),
            kid: door("keys"),
            sid: door("secrets"),
            x5t: issued.map(|issued| URL_SAFE_NO_PAD.encode(issued.thumbprint)),
            cer: issued.map(|issued| STANDARD.encode(&issued.der)),
            attributes: self.recoverable(attributes(view)),
            tags: view.version.attributes.tags.as_deref().cloned(),
            subject: None,
            policy: view.policy.as_ref().map(|policy| self.policy(&view.name, policy)),
            pending: view.has_operation.then(|| OperationId { id: self.operation_id(&view.name) }),
            preserve_cert_order: self.preserve_cert_order(view.version.attributes.preserve_cert_order),
        }
    }

    /// certificates.md section 2.8: live items lack the recovery attributes, deleted ones the subject.
    fn item(&self, view: &CertificateView, version: Option<Version>) -> CertificateBundle {
        let live = view.deletion.is_none();
        let attributes = attributes(view);
        CertificateBundle {
            id: self.id("certificates", &view.name, version),
            kid: None,
            sid: None,
            x5t: view.version.issued.as_deref().map(|issued| URL_SAFE_NO_PAD.encode(issued.thumbprint)),
            cer: None,
            attributes: if live { attributes } else { self.recoverable(attributes) },
            tags: view.version.attributes.tags.as_deref().cloned(),
            subject: live.then_some(""),
            policy: None,
            pending: None,
            preserve_cert_order: None,
        }
    }

    fn recoverable(&self, mut attributes: Attributes) -> Attributes {
        attributes.recovery_level = Some(self.common.recovery_level());
        attributes.recoverable_days = self.common.recoverable_days();
        attributes
    }
}

fn attributes(view: &CertificateView) -> Attributes {
    let own = &view.version.attributes;
    Attributes {
        enabled: Some(own.enabled),
        nbf: Some(own.not_before),
        exp: Some(own.not_after),
        created: Some(own.created),
        updated: Some(own.updated),
        recovery_level: None,
        recoverable_days: None,
    }
}
