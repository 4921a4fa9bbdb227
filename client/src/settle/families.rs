//! The same three pollers for certificates, keys and secrets, over the official clients' own names.

use std::sync::Arc;

use azure_core::Result;
use azure_core::http::poller::PollerOptions;
use azure_core::http::{NoFormat, Poller};

use super::{Settling, accepted, deletion, gone, request, settle, there};

macro_rules! pollers {
    (
        $(#[$example:meta])*
        $feature:literal, $trait:ident for $krate:ident::$client:ident;
        $begin_delete:ident: $delete:ident, $get_deleted:ident -> $deleted:ident;
        $begin_recover:ident: $recover:ident, $get:ident -> $live:ident;
        $begin_purge:ident: $purge:ident;
    ) => {
        #[doc = concat!("What [`", stringify!($client), "`](", stringify!($krate), "::", stringify!($client), ") lacks: pollers.")]
        ///
        /// Each sends its request when it is first polled, again while the vault answers that it is too early, and then
        /// looks until the change has taken effect: every two seconds unless `options` say otherwise, not less than one.
        /// Who may change but not look takes the vault's word for it.
        ///
        $(#[$example])*
        ///
        /// # Errors
        /// If `options` ask for more than one look a second. What the service refuses comes from the poller.
        #[cfg(feature = $feature)]
        pub trait $trait {
            /// Deletes; settled when it can be recovered or purged.
            #[expect(clippy::missing_errors_doc, reason = "the same for all three: it stands at the trait")]
            fn $begin_delete(
                &self,
                name: &str,
                options: Option<PollerOptions<'static>>,
            ) -> Result<Poller<Settling<$krate::models::$deleted>>>;

            /// Recovers; settled when it can be read again.
            #[expect(clippy::missing_errors_doc, reason = "the same for all three: it stands at the trait")]
            fn $begin_recover(
                &self,
                name: &str,
                options: Option<PollerOptions<'static>>,
            ) -> Result<Poller<Settling<$krate::models::$live>>>;

            /// Purges, for good; settled when the name is free.
            #[expect(clippy::missing_errors_doc, reason = "the same for all three: it stands at the trait")]
            fn $begin_purge(
                &self,
                name: &str,
                options: Option<PollerOptions<'static>>,
            ) -> Result<Poller<Settling<(), NoFormat>>>;
        }

        #[cfg(feature = $feature)]
        impl $trait for Arc<$krate::$client> {
            fn $begin_delete(
                &self,
                name: &str,
                options: Option<PollerOptions<'static>>,
            ) -> Result<Poller<Settling<$krate::models::$deleted>>> {
                let change = request(self, name, |client, name| async move { deletion(client.$delete(&name, None).await) });
                let look = request(self, name, |client, name| async move { there(client.$get_deleted(&name, None).await) });
                settle(self.endpoint(), options, change, look)
            }

            fn $begin_recover(
                &self,
                name: &str,
                options: Option<PollerOptions<'static>>,
            ) -> Result<Poller<Settling<$krate::models::$live>>> {
                let change = request(self, name, |client, name| async move { accepted(client.$recover(&name, None).await) });
                let look = request(self, name, |client, name| async move { there(client.$get(&name, None).await) });
                settle(self.endpoint(), options, change, look)
            }

            fn $begin_purge(
                &self,
                name: &str,
                options: Option<PollerOptions<'static>>,
            ) -> Result<Poller<Settling<(), NoFormat>>> {
                let change = request(self, name, |client, name| async move { accepted(client.$purge(&name, None).await) });
                let look = request(self, name, |client, name| async move { gone(client.$get_deleted(&name, None).await) });
                settle(self.endpoint(), options, change, look)
            }
        }
    };
}

pollers! {
    /// ```
    /// use akv_client::SettleCertificates;
    /// # akv_tests::example(async |vault: akv_client::Vault| {
    /// let certificates = vault.certificates();
    /// let deleted = certificates.begin_delete_certificate("web", None)?.await?.into_model()?;
    /// assert!(deleted.recovery_id.is_some());
    /// certificates.begin_purge_deleted_certificate("web", None)?.await?;
    /// # Ok(())
    /// # });
    /// ```
    "certificates", SettleCertificates for azure_security_keyvault_certificates::CertificateClient;
    begin_delete_certificate: delete_certificate, get_deleted_certificate -> DeletedCertificate;
    begin_recover_deleted_certificate: recover_deleted_certificate, get_certificate -> Certificate;
    begin_purge_deleted_certificate: purge_deleted_certificate;
}

pollers! {
    "keys", SettleKeys for azure_security_keyvault_keys::KeyClient;
    begin_delete_key: delete_key, get_deleted_key -> DeletedKey;
    begin_recover_deleted_key: recover_deleted_key, get_key -> Key;
    begin_purge_deleted_key: purge_deleted_key;
}

pollers! {
    "secrets", SettleSecrets for azure_security_keyvault_secrets::SecretClient;
    begin_delete_secret: delete_secret, get_deleted_secret -> DeletedSecret;
    begin_recover_deleted_secret: recover_deleted_secret, get_secret -> Secret;
    begin_purge_deleted_secret: purge_deleted_secret;
}
