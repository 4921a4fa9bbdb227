//! Permissions: who may do what with a vault that was made through the control plane, and Azure's words when not.
//!
//! Sources: certificates.md section 4.2 and keys-and-secrets.md section 5 E-403 (the texts, byte by byte);
//! azure-rest-api-specs and Azure's reference of data actions (what each operation needs).

use std::net::SocketAddr;

use akv_emulator::clock::Clock;
use akv_emulator::http::Connection;
use akv_tests::Answer;
use bytes::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::control_plane::{Arm, vault_path};

/// Every operation: the request, the access policy's permission, the role's data action.
const OPERATIONS: &[(&str, &str, &str, &str)] = &[
    ("GET", "/certificates", "certificates list", "certificates/read"),
    ("GET", "/certificates/o", "certificates get", "certificates/read"),
    ("GET", "/certificates/o/versions", "certificates list", "certificates/read"),
    ("GET", "/certificates/o/policy", "certificates get", "certificates/read"),
    ("GET", "/certificates/o/pending", "certificates get", "certificates/read"),
    ("POST", "/certificates/o/create", "certificates create", "certificates/create/action"),
    ("POST", "/certificates/o/import", "certificates import", "certificates/import/action"),
    ("POST", "/certificates/o/pending/merge", "certificates create", "certificates/create/action"),
    ("PATCH", "/certificates/o", "certificates update", "certificates/update/action"),
    ("PATCH", "/certificates/o/policy", "certificates update", "certificates/update/action"),
    ("DELETE", "/certificates/o/pending", "certificates update", "certificates/update/action"),
    ("DELETE", "/certificates/o", "certificates delete", "certificates/delete"),
    ("POST", "/certificates/o/backup", "certificates backup", "certificates/backup/action"),
    ("POST", "/certificates/restore", "certificates restore", "certificates/restore/action"),
    ("GET", "/certificates/issuers", "certificates listissuers", "certificatecas/read"),
    ("GET", "/certificates/issuers/i", "certificates getissuers", "certificatecas/read"),
    ("PUT", "/certificates/issuers/i", "certificates setissuers", "certificatecas/write"),
    ("DELETE", "/certificates/issuers/i", "certificates deleteissuers", "certificatecas/delete"),
    ("GET", "/certificates/contacts", "certificates managecontacts", "certificatecontacts/write"),
    ("PUT", "/certificates/contacts", "certificates managecontacts", "certificatecontacts/write"),
    ("GET", "/deletedcertificates", "certificates list", "certificates/read"),
    ("GET", "/deletedcertificates/o", "certificates get", "certificates/read"),
    ("POST", "/deletedcertificates/o/recover", "certificates recover", "certificates/recover/action"),
    ("DELETE", "/deletedcertificates/o", "certificates purge", "certificates/purge/action"),
    ("GET", "/secrets", "secrets list", "secrets/readMetadata/action"),
    ("GET", "/secrets/o", "secrets get", "secrets/getSecret/action"),
    ("GET", "/secrets/o/versions", "secrets list", "secrets/readMetadata/action"),
    ("PUT", "/secrets/o", "secrets set", "secrets/setSecret/action"),
    ("PATCH", "/secrets/o", "secrets set", "secrets/update/action"),
    ("DELETE", "/secrets/o", "secrets delete", "secrets/delete"),
    ("POST", "/secrets/o/backup", "secrets backup", "secrets/backup/action"),
    ("POST", "/secrets/restore", "secrets restore", "secrets/restore/action"),
    ("GET", "/deletedsecrets", "secrets list", "secrets/readMetadata/action"),
    ("GET", "/deletedsecrets/o", "secrets get", "secrets/getSecret/action"),
    ("POST", "/deletedsecrets/o/recover", "secrets recover", "secrets/recover/action"),
    ("DELETE", "/deletedsecrets/o", "secrets purge", "secrets/purge/action"),
    ("GET", "/keys", "keys list", "keys/read"),
    ("GET", "/keys/o", "keys get", "keys/read"),
    ("GET", "/keys/o/versions", "keys list", "keys/read"),
    ("POST", "/keys/o/create", "keys create", "keys/create/action"),
    ("PUT", "/keys/o", "keys import", "keys/import/action"),
    ("PATCH", "/keys/o", "keys update", "keys/update/action"),
    ("DELETE", "/keys/o", "keys delete", "keys/delete"),
    ("POST", "/keys/o/backup", "keys backup", "keys/backup/action"),
    ("POST", "/keys/restore", "keys restore", "keys/restore/action"),
    ("POST", "/keys/o/encrypt", "keys encrypt", "keys/encrypt/action"),
    ("POST", "/keys/o/decrypt", "keys decrypt", "keys/decrypt/action"),
    ("POST", "/keys/o/sign", "keys sign", "keys/sign/action"),
    ("POST", "/keys/o/verify", "keys verify", "keys/verify/action"),
    ("POST", "/keys/o/wrapkey", "keys wrapKey", "keys/wrap/action"),
    ("POST", "/keys/o/unwrapkey", "keys unwrapKey", "keys/unwrap/action"),
    ("POST", "/keys/o/release", "keys release", "keys/release/action"),
    ("POST", "/keys/o/rotate", "keys rotate", "keys/rotate/action"),
    ("GET", "/keys/o/rotationpolicy", "keys getrotationpolicy", "keyrotationpolicies/read"),
    ("PUT", "/keys/o/rotationpolicy", "keys setrotationpolicy", "keyrotationpolicies/write"),
    ("GET", "/deletedkeys", "keys list", "keys/read"),
    ("GET", "/deletedkeys/o", "keys get", "keys/read"),
    ("POST", "/deletedkeys/o/recover", "keys recover", "keys/recover/action"),
    ("DELETE", "/deletedkeys/o", "keys purge", "keys/purge/action"),
];

const HOST: &str = "kv-perm.vault.azure.net";

/// A vault `kv-perm`, and an application that calls it.
struct Door {
    arm: Arm,
    token: String,
    app: Uuid,
    oid: Uuid,
}

impl Door {
    async fn new(properties: Value) -> Self {
        let arm = Arm::new();
        let service = arm.0.service();
        let identity = &service.state().identity;
        let app = Uuid::from_u128(7);
        let token = identity.token_for(app, "https://vault.azure.net", Clock::wall()).unwrap();
        let oid = identity.verify(&token, &["https://vault.azure.net"], Clock::wall()).unwrap().object_id;
        let made = arm.vault("kv-perm", &properties).await;
        assert_eq!(made.status, 200, "{made:?}");
        Self { arm, token, app, oid }
    }

    async fn call(&self, method: &str, path: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        self.arm.0.send_to(HOST, method, path, "", &[("authorization", &bearer)]).await
    }

    /// The access policies of the vault are these.
    async fn grant(&self, policies: Value) {
        let body = json!({"properties": {"accessPolicies": policies}});
        let answer = self.arm.ask("PATCH", &vault_path("kv-perm"), &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    fn policy(&self, kind: &str, words: &[&str]) -> Value {
        json!({"tenantId": self.arm.tenant(), "objectId": self.oid, "permissions": {kind: words}})
    }

    /// A custom role of these data actions, assigned to the application at `scope` below the vault.
    async fn assign(&self, role: u8, actions: &[String], not_actions: &[String], scope: &str) -> Answer {
        let id = format!("00000000-0000-0000-0000-0000000000{role:02x}");
        let path = format!("providers/Microsoft.Authorization/roleDefinitions/{id}");
        let body = json!({"properties": {"roleName": format!("role {role}"), "permissions":
            [{"dataActions": actions, "notDataActions": not_actions}]}});
        self.arm.ask("PUT", &path, &body).await;
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{id}");
        let body = json!({"properties": {"roleDefinitionId": format!("/x/{id}"), "principalId": self.oid}});
        self.arm.ask("PUT", &path, &body).await
    }
}

/// The whole answer to a refused call (keys-and-secrets.md section 5, E-403).
fn forbidden(inner: &str, message: &str) -> String {
    let message = json!(message);
    format!(r#"{{"error":{{"code":"Forbidden","message":{message},"innererror":{{"code":"{inner}"}}}}}}"#)
}

fn inner(answer: &Answer) -> String {
    answer.json()["error"]["innererror"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn each_operation_needs_its_permission_and_no_other() {
    let door = Door::new(json!({})).await;
    for (method, path, permission, _) in OPERATIONS {
        let (kind, word) = permission.split_once(' ').unwrap();
        door.grant(json!([door.policy(kind, &[word])])).await;
        let allowed = door.call(method, path).await;
        assert_ne!(inner(&allowed), "ForbiddenByPolicy", "{method} {path} with {permission}: {allowed:?}");

        let others: Vec<_> = akv_emulator::authorization::policy::Kind::ALL
            .into_iter()
            .map(|kind| (kind.name(), kind.permissions()))
            .map(|(name, words)| {
                let rest = words.iter().filter(|other| {
                    **other != "all"
                        && (name != kind
                            || (**other != word
                                && !(word.ends_with("issuers") && **other == "manageissuers")))
                });
                door.policy(name, &rest.copied().collect::<Vec<_>>())
            })
            .collect();
        door.grant(json!(others)).await;
        let refused = door.call(method, path).await;
        let expected = format!(
            "The user, group or application 'appid={};oid={};numgroups=0;iss=https://sts.windows.net/{}/' does not have {permission} permission on key vault 'kv-perm;location=eastus'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
            door.app,
            door.oid,
            door.arm.tenant()
        );
        let expected = forbidden("ForbiddenByPolicy", &expected);
        assert_eq!((refused.status, refused.body), (403, expected), "{method} {path}");
    }
}

#[tokio::test]
async fn each_operation_needs_its_data_action_and_no_other() {
    let door = Door::new(json!({"enableRbacAuthorization": true})).await;
    let scope = format!("/subscriptions/{}/{}", door.arm.subscription(), vault_path("kv-perm"));
    for (method, path, _, action) in OPERATIONS {
        let action = format!("Microsoft.KeyVault/vaults/{action}");
        // Whoever may read a key may use its public half.
        let reads = ["encrypt", "verify", "wrapkey"].iter().any(|end| path.ends_with(end));
        let mut without = vec![action.clone()];
        if reads {
            without.push("Microsoft.KeyVault/vaults/keys/read".to_owned());
        }
        if *path == "/deletedsecrets/o" {
            without.push("Microsoft.KeyVault/vaults/secrets/readMetadata/action".to_owned());
        }
        let all = ["*".to_owned()];
        door.assign(1, &all, &without, &scope).await;
        let refused = door.call(method, path).await;
        assert_eq!((refused.status, inner(&refused).as_str()), (403, "ForbiddenByRbac"), "{method} {path}");
        assert!(refused.body.contains(&format!("Action: '{action}'")), "{refused:?}");
        assert_eq!(refused.header("x-ms-keyvault-rbac-assignment-id"), "");

        door.assign(1, std::slice::from_ref(&action), &[], &scope).await;
        let allowed = door.call(method, path).await;
        assert_ne!(inner(&allowed), "ForbiddenByRbac", "{method} {path}: {allowed:?}");
        let id = allowed.header("x-ms-keyvault-rbac-assignment-id");
        assert_eq!(id, "00000000000000000000000000000001", "{method} {path}");
    }
}

/// Azure's reference of data actions: who may read a key may use its public half, and a symmetric key has none.
#[tokio::test]
async fn who_may_read_a_key_may_use_what_is_public_of_it_and_no_more() {
    let premium = json!({"enableRbacAuthorization": true, "sku": {"family": "A", "name": "premium"}});
    let door = Door::new(premium).await;
    let scope = format!("/subscriptions/{}/{}", door.arm.subscription(), vault_path("kv-perm"));
    let bearer = format!("Bearer {}", door.token);
    let call = async |path: &str, body: Value| {
        let headers = [("authorization", bearer.as_str())];
        door.arm.0.send_to(HOST, "POST", path, &body.to_string(), &headers).await
    };
    door.assign(1, &["*".to_owned()], &[], &scope).await;
    let made = call("/keys/aes/create", json!({"kty": "oct-HSM", "key_size": 128})).await.json();
    let kid = made["key"]["kid"].as_str().unwrap();
    let version = kid.rsplit('/').next().unwrap();
    assert_eq!(call("/keys/rsa/create", json!({"kty": "RSA"})).await.status, 200);

    door.assign(1, &["Microsoft.KeyVault/vaults/keys/read".to_owned()], &[], &scope).await;
    let text = "AAAAAAAAAAAAAAAAAAAAAA";
    for (operation, action, rsa, aes) in [
        ("encrypt", "encrypt", "RSA-OAEP", "A128GCM"),
        ("wrapkey", "wrap", "RSA-OAEP", "A128KW"),
        ("verify", "verify", "RS256", "HS256"),
    ] {
        let body = |alg: &str| json!({"alg": alg, "value": text, "digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
        let public = call(&format!("/keys/rsa/{operation}"), body(rsa)).await;
        assert_eq!(public.status, 200, "{operation}: {public:?}");
        for path in [format!("/keys/aes/{operation}"), format!("/keys/AES/{version}/{operation}")] {
            let refused = call(&path, body(aes)).await;
            assert_eq!((refused.status, inner(&refused).as_str()), (403, "ForbiddenByRbac"), "{path}");
            let named = format!("Action: 'Microsoft.KeyVault/vaults/keys/{action}/action'");
            assert!(refused.body.contains(&named), "{refused:?}");
        }
        let own = format!("Microsoft.KeyVault/vaults/keys/{action}/action");
        door.assign(1, &[own], &[], &scope).await;
        let allowed = call(&format!("/keys/aes/{operation}"), body(aes)).await;
        assert_eq!(allowed.status, 200, "{operation}: {allowed:?}");
        door.assign(1, &["Microsoft.KeyVault/vaults/keys/read".to_owned()], &[], &scope).await;
    }
}

/// Section 5, E-403: the resource of a managed identity is told, too.
#[tokio::test]
async fn a_managed_identity_is_refused_under_its_resource() {
    let door = Door::new(json!({"publicNetworkAccess": "Disabled"})).await;
    let id =
        "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vm";
    let path = format!(
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net&mi_res_id={id}"
    );
    let token = door.arm.0.send_to("localhost:8443", "GET", &path, "", &[("metadata", "true")]).await.json();
    let token = token["access_token"].as_str().unwrap();
    let service = door.arm.0.service();
    let caller = service.state().identity.verify(token, &["https://vault.azure.net"], Clock::wall()).unwrap();
    let headers = [("authorization", format!("Bearer {token}"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let refused = door.arm.0.send_to(HOST, "GET", "/secrets", "", &headers).await;
    let message = format!(
        "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: appid={};oid={};iss={};xms_mirid={id}\r\nVault: kv-perm;location=eastus",
        caller.app_id, caller.object_id, caller.issuer
    );
    assert_eq!((refused.status, refused.body), (403, forbidden("ForbiddenByConnection", &message)));
}

#[tokio::test]
async fn a_role_holds_at_its_scope_and_below_up_to_the_single_object() {
    let door = Door::new(json!({"enableRbacAuthorization": true})).await;
    let vault = format!("/subscriptions/{}/{}", door.arm.subscription(), vault_path("kv-perm"));
    let subscription = format!("/subscriptions/{}", door.arm.subscription());
    for (scope, own, other, list) in [
        (format!("{vault}/secrets/Mine"), true, false, false),
        (vault.clone(), true, true, true),
        (format!("{subscription}/resourceGroups/RG"), true, true, true),
        (subscription.clone(), true, true, true),
        (format!("{subscription}/resourceGroups/other"), false, false, false),
    ] {
        let made = door.assign(2, &["Microsoft.KeyVault/vaults/secrets/*".to_owned()], &[], &scope).await;
        assert!(made.status < 300, "{made:?}");
        for (path, allowed) in [("/secrets/mine", own), ("/secrets/theirs", other), ("/secrets", list)] {
            let answer = door.call("GET", path).await;
            assert_eq!(answer.status != 403, allowed, "{scope} {path} {answer:?}");
        }
        let id = "00000000-0000-0000-0000-000000000002";
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{id}");
        assert_eq!(door.arm.ask("DELETE", &path, &Value::Null).await.status, 200);
        assert_eq!(door.call("GET", "/secrets/mine").await.status, 403);
    }
}

/// keys-and-secrets.md section 5 E-403.
#[tokio::test]
async fn the_refusals_are_azures_to_the_byte() {
    let door = Door::new(json!({})).await;
    let caller = format!("appid={};oid={}", door.app, door.oid);
    let issuer = format!("iss=https://sts.windows.net/{}/", door.arm.tenant());
    let refused = async |(method, path): (&str, &str), inner: &str, message: String| {
        let answer = door.call(method, path).await;
        assert_eq!((answer.status, answer.body), (403, forbidden(inner, &message)), "{method} {path}");
    };
    let change = async |properties: Value| {
        let answer =
            door.arm.ask("PATCH", &vault_path("kv-perm"), &json!({ "properties": properties })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    change(json!({"enableRbacAuthorization": true})).await;
    let (subscription, vault) = (door.arm.subscription(), "kv-perm;location=eastus");
    for (request, action, object) in [
        (("GET", "/secrets/S"), "secrets/getSecret/action", "/secrets/s"),
        (("GET", "/secrets"), "secrets/readMetadata/action", ""),
        (("PUT", "/secrets/s"), "secrets/setSecret/action", "/secrets/s"),
        (("GET", "/keys/K"), "keys/read", "/keys/k"),
        (("POST", "/keys/k/unwrapkey"), "keys/unwrap/action", "/keys/k"),
        (("GET", "/certificates/c"), "certificates/read", "/certificates/c"),
    ] {
        let message = format!(
            "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: {caller};{issuer}\r\nAction: 'Microsoft.KeyVault/vaults/{action}'\r\nResource: '/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv-perm{object}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: {vault}\r\n"
        );
        refused(request, "ForbiddenByRbac", message).await;
    }
    let of_secret = ("GET", "/secrets/s");
    change(json!({"networkAcls": {"defaultAction": "Deny", "ipRules": []}})).await;
    let message = format!(
        "Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\nCaller: {caller};{issuer}\r\nVault: {vault}"
    );
    refused(of_secret, "ForbiddenByFirewall", message).await;
    change(json!({"publicNetworkAccess": "Disabled"})).await;
    let message = format!(
        "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: {caller};{issuer}\r\nVault: {vault}"
    );
    refused(of_secret, "ForbiddenByConnection", message).await;
}

#[tokio::test]
async fn the_firewall_lets_in_the_addresses_it_names() {
    let door = Door::new(
        json!({"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.0/24"}]}}),
    )
    .await;
    door.grant(json!([door.policy("secrets", &["list"])])).await;
    for (peer, status) in [("203.0.113.9:1", 200), ("203.0.114.9:1", 403), ("[::1]:1", 403)] {
        let peer: SocketAddr = peer.parse().unwrap();
        let request = http::Request::get("/secrets?api-version=7.4")
            .header("host", HOST)
            .header("authorization", format!("Bearer {}", door.token))
            .extension(Connection { peer, tls: true })
            .body(Bytes::new())
            .unwrap();
        assert_eq!(door.arm.0.service().call(request).await.status(), status, "{peer}");
    }
}

/// What is refused, and in which order: the token, then the firewall, then the name, then the permission, then the body.
#[tokio::test]
async fn the_permission_is_weighed_after_the_name_and_before_the_body() {
    let door = Door::new(json!({})).await;
    let nobody = door.arm.0.send_to(HOST, "GET", "/secrets/s", "", &[]).await;
    assert_eq!(nobody.status, 401);
    assert_eq!(door.call("GET", "/secrets/a_b").await.status, 400);
    assert_eq!(door.call("POST", "/certificates/c/create").await.status, 403);
    door.grant(json!([door.policy("certificates", &["create"])])).await;
    assert_eq!(door.call("POST", "/certificates/c/create").await.status, 400);
    assert_eq!(door.call("PUT", "/certificates/c").await.status, 405);
}

#[tokio::test]
async fn a_policy_may_be_for_one_application_only_and_all_is_not_purge() {
    let door = Door::new(json!({})).await;
    let mut policy = door.policy("secrets", &["all"]);
    policy["applicationId"] = json!(Uuid::from_u128(8));
    door.grant(json!([policy])).await;
    assert_eq!(door.call("GET", "/secrets").await.status, 403);
    policy["applicationId"] = json!(door.app);
    door.grant(json!([policy])).await;
    assert_eq!(door.call("GET", "/secrets").await.status, 200);
    assert_eq!(door.call("DELETE", "/deletedsecrets/s").await.status, 403);
}

#[tokio::test]
async fn a_vault_of_first_use_is_open_until_the_control_plane_takes_it_over() {
    let arm = Arm::new();
    let list = async || {
        let headers = [("authorization", "Bearer developer")];
        arm.0.send_to("kv-first.vault.azure.net", "GET", "/secrets", "", &headers).await.status
    };
    assert_eq!(list().await, 200);
    assert_eq!(arm.vault("kv-first", &json!({})).await.status, 200);
    assert_eq!(list().await, 403);
}

/// What `akv why` prints is kept with the request.
#[tokio::test]
async fn the_journal_says_why_a_call_was_refused_and_what_mends_it() {
    let door = Door::new(json!({})).await;
    door.grant(json!([door.policy("secrets", &["list"])])).await;
    let refused = door.call("GET", "/secrets/s").await;
    let id = refused.header("x-ms-request-id").parse().unwrap();
    let entry = door.arm.0.service().state().journal.request(id).unwrap();
    let akv_emulator::journal::Event::Request(request) = &entry.event else {
        unreachable!("a request was made")
    };
    let why = request.why.as_deref().unwrap();
    let mend = format!(
        "az keyvault set-policy --name kv-perm --object-id {} --secret-permissions list get",
        door.oid
    );
    assert!(why.ends_with(&mend), "{why}");
    assert!(why.contains("needed: the permission 'get' of secrets"), "{why}");
}
