//! What Entra says in each situation, between the number and the trace id.

use super::{EntraError, FederatedPart};

impl EntraError {
    /// The sentence.
    pub(super) fn sentence(&self) -> String {
        self.about_the_request()
            .or_else(|| self.about_the_client())
            .unwrap_or_else(|| self.about_the_grant().to_owned())
    }

    /// Requests that nobody could grant.
    fn about_the_request(&self) -> Option<String> {
        Some(match self {
            Self::MissingParameter(name) => {
                format!("The request body must contain the following parameter: '{name}'.")
            }
            Self::UnsupportedGrant(grant) => {
                format!("The app requested an unsupported grant type '{grant}'.")
            }
            Self::UnsupportedResponseType(kind) => {
                format!("response_type '{kind}' is not enabled for the application.")
            }
            Self::UnsupportedResponseMode(mode) => {
                format!("'{mode}' is not a supported value of 'response_mode' when requesting a token.")
            }
            Self::InvalidScope(scope) => format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
            Self::NotDefaultScope(scope) => format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            ),
            Self::SeveralResources(scope) => format!(
                "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {scope} is not valid."
            ),
            Self::UnknownTenant(tenant) => format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
            ),
            Self::UnregisteredRedirect { uri, client } => format!(
                "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the application '{client}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error."
            ),
            Self::UnknownUser(tenant) => format!(
                "The user account {{EUII Hidden}} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."
            ),
            Self::RedirectMismatch { found, expected } => format!(
                "The reply address '{found}' does not match the reply address '{expected}' provided when requesting Authorization code."
            ),
            _ => return None,
        })
    }

    /// Proofs of an application that do not hold.
    fn about_the_client(&self) -> Option<String> {
        Some(match self {
            Self::UnknownApplication(id) => format!(
                "Application with identifier '{id}' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
            ),
            Self::WrongSecret(client) => format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."
            ),
            Self::ExpiredSecret(client) => format!(
                "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."
            ),
            Self::AssertionSignature { reason, thumbprint } => format!(
                "Client assertion contains an invalid signature. [Reason - {reason}, Thumbprint of key used by client: '{thumbprint}']"
            ),
            Self::AssertionTime { now, expiry } => format!(
                "Client assertion is not within its valid time range. Current time: {now}, assertion valid from 1970-01-01T00:00:00.0000000Z, expiry time of assertion {expiry}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."
            ),
            Self::NoFederatedCredential { part, found } => {
                let part = match part {
                    FederatedPart::Issuer => "issuer",
                    FederatedPart::Audience => "audience",
                    FederatedPart::Subject => "subject",
                };
                format!(
                    "No matching federated identity record found for presented assertion {part} '{found}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
                )
            }
            _ => return None,
        })
    }

    /// Everything that is said without a detail.
    const fn about_the_grant(&self) -> &'static str {
        match self {
            Self::MissingCredential => {
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
            }
            Self::MissingConfidentialCredential => {
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            }
            Self::MalformedAssertion => "JWT token is invalid or malformed.",
            Self::AssertionClient => {
                "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."
            }
            Self::ChallengeMethod => "Invalid value for the code_challenge_method parameter.",
            Self::WrongPassword => "Error validating credentials due to invalid username or password.",
            Self::AuthorizationPending => {
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
            }
            Self::AuthorizationDeclined => "The user declined the authorization request.",
            Self::ExpiredDeviceCode => {
                "The provided value for the input parameter 'device_code' is not valid. This device code has expired."
            }
            Self::UnknownDeviceCode => {
                "The provided value for the input parameter 'device_code' is not valid."
            }
            Self::RedeemedCode => {
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."
            }
            Self::ExpiredCode => {
                "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."
            }
            Self::ExpiredRefreshToken => "The refresh token has expired due to inactivity.",
            Self::CodeVerifier => {
                "The Code_Verifier does not match the code_challenge supplied in the authorization request."
            }
            Self::InvalidUserAssertion => "Assertion failed signature validation.",
            Self::NoUserInAssertion => "Application is not allowed to make application on-behalf-of calls.",
            _ => "Invalid request. Request is malformed or invalid.",
        }
    }
}
