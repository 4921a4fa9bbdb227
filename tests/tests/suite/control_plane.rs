//! The control plane: resource groups, vaults and their lives, roles, Azure's refusals.
//!
//! Sources: identity-and-control-plane.md section 4.3; the texts, azure-rest-api-specs and public issues of the SDKs.

use akv_emulator::timing::Timing;
use akv_tests::{Answer, Vault, standing};
use serde_json::{Value, json};

/// The emulator's control plane, called by the developer.
pub(crate) struct Arm(pub(crate) Vault);

impl Arm {
    pub(crate) fn new() -> Self {
        Self(Vault::new(standing()))
    }

    pub(crate) fn subscription(&self) -> String {
        self.0.service().state().store.subscription.to_string()
    }

    pub(crate) fn tenant(&self) -> String {
        self.0.service().state().store.tenant.to_string()
    }

    /// `path` is below the subscription unless it begins with a slash.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.ask_with(method, path, body, &[]).await
    }

    pub(crate) async fn ask_with(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None => format!("/subscriptions/{}/{path}", self.subscription()),
        };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [&[("authorization", "Bearer developer")], headers].concat();
        self.0.send_to("management.azure.com", method, &path, &body, &headers).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &Value::Null).await
    }

    pub(crate) async fn group(&self, name: &str) {
        let made = self.ask("PUT", &format!("resourcegroups/{name}"), &json!({"location": "eastus"})).await;
        assert!(made.status < 300, "{made:?}");
    }

    /// A vault in group `rg`, which is made too.
    pub(crate) async fn vault(&self, name: &str, properties: &Value) -> Answer {
        self.group("rg").await;
        let mut body = json!({"location": "eastus", "properties": {
            "tenantId": self.tenant(), "sku": {"family": "A", "name": "standard"}, "accessPolicies": [],
        }});
        for (member, value) in properties.as_object().unwrap() {
            body["properties"][member] = value.clone();
        }
        self.ask("PUT", &vault_path(name), &body).await
    }
}

pub(crate) fn vault_path(name: &str) -> String {
    format!("resourceGroups/rg/providers/Microsoft.KeyVault/vaults/{name}")
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn names(answer: &Answer) -> Vec<String> {
    let value = answer.json()["value"].as_array().expect("a list").clone();
    value.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_request_without_a_token_is_refused_in_resource_managers_words() {
    let arm = Arm::new();
    let refused = arm.0.send_to("management.azure.com", "GET", "/subscriptions", "", &[]).await;
    assert_eq!(refusal(&refused), (401, "AuthenticationFailed".into()));
    assert!(refused.header("www-authenticate").contains("authorization_uri=\"https://login.windows.net/"));
    assert_eq!(
        refused.body,
        r#"{"error":{"code":"AuthenticationFailed","message":"Authentication failed. The 'Authorization' header is missing."}}"#
    );
}

#[tokio::test]
async fn the_tenant_has_one_subscription_and_no_other_is_known() {
    let arm = Arm::new();
    assert_eq!(arm.get("/tenants").await.json()["value"][0]["tenantId"], arm.tenant());
    let found = arm.get("/subscriptions").await.json();
    assert_eq!(found["value"][0]["subscriptionId"], arm.subscription());
    let other = arm.get("/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups").await;
    assert_eq!(refusal(&other), (404, "SubscriptionNotFound".into()));
    let nameless = arm.get("/tenants?api-version=").await;
    assert_eq!(refusal(&nameless), (400, "MissingApiVersionParameter".into()));
    let unknown = arm.get("nowhere").await;
    assert_eq!(refusal(&unknown), (404, "NotFound".into()));
    let method = arm.ask("DELETE", "locations", &Value::Null).await;
    assert_eq!(refusal(&method), (405, "MethodNotAllowed".into()));
}

#[tokio::test]
async fn a_group_is_created_once_changed_listed_and_gone_when_its_deletion_is_over() {
    let mut config = standing();
    config.timing = "custom:delete=10s,retry-after=5s".parse::<Timing>().unwrap();
    let arm = Arm(Vault::new(config));
    let body = json!({"location": "East US", "tags": {"a": "b"}});
    assert_eq!(arm.ask("PUT", "resourcegroups/RG", &body).await.status, 201);
    let again = arm.ask("PUT", "resourceGroups/rg", &body).await;
    assert_eq!((again.status, again.json()["name"].as_str()), (200, Some("RG")));
    let elsewhere = arm.ask("PUT", "resourcegroups/rg", &json!({"location": "westus"})).await;
    assert_eq!(refusal(&elsewhere), (409, "InvalidResourceGroupLocation".into()));
    let nowhere = arm.ask("PUT", "resourcegroups/x", &json!({"location": "atlantis"})).await;
    assert_eq!(refusal(&nowhere), (400, "LocationNotAvailableForResourceGroup".into()));
    assert_eq!(arm.ask("HEAD", "resourcegroups/rG", &Value::Null).await.status, 204);
    assert_eq!(names(&arm.get("resourcegroups").await), ["RG"]);

    let deleting = arm.ask("DELETE", "resourcegroups/rg", &Value::Null).await;
    assert_eq!((deleting.status, deleting.header("retry-after")), (202, "5"));
    let location = deleting.header("location").strip_prefix("https://management.azure.com").unwrap();
    assert_eq!(arm.get(location).await.status, 202);
    let state = arm.get("resourcegroups/rg").await.json();
    assert_eq!(state["properties"]["provisioningState"], "Deleting");
    assert_eq!(
        refusal(&arm.ask("PUT", "resourcegroups/rg", &body).await),
        (409, "ResourceGroupBeingDeleted".into())
    );
    arm.0.advance(std::time::Duration::from_secs(10));
    let over = arm.get(location).await;
    assert_eq!((over.status, over.body.as_str()), (200, ""));
    assert_eq!(arm.ask("HEAD", "resourcegroups/rg", &Value::Null).await.status, 404);
    assert_eq!(refusal(&arm.get("resourcegroups/rg").await), (404, "ResourceGroupNotFound".into()));
}

#[tokio::test]
async fn a_vault_is_created_shown_listed_and_found_by_filter() {
    let arm = Arm::new();
    let made = arm.vault("My-Vault", &json!({"softDeleteRetentionInDays": 7})).await;
    assert_eq!(made.status, 200, "{made:?}");
    let body = made.json();
    assert_eq!(body["properties"]["vaultUri"], "https://my-vault.vault.azure.net/");
    assert_eq!(body["properties"]["softDeleteRetentionInDays"], 7);
    assert_eq!(body["properties"]["enableRbacAuthorization"], false);
    assert_eq!(body["properties"]["provisioningState"], "Succeeded");
    assert_eq!(arm.get(&vault_path("MY-VAULT")).await.json(), body);
    for path in
        ["providers/Microsoft.KeyVault/vaults", "resourcegroups/RG/providers/microsoft.keyvault/vaults"]
    {
        assert_eq!(names(&arm.get(path).await), ["My-Vault"]);
    }
    let filter = "resources?$filter=resourceType%20eq%20'Microsoft.KeyVault/vaults'%20and%20name%20eq%20'";
    assert_eq!(names(&arm.get(&format!("{filter}my-vault'")).await), ["My-Vault"]);
    assert_eq!(names(&arm.get(&format!("{filter}other'")).await), [""; 0]);
    let missing = arm.get(&vault_path("missing")).await;
    assert_eq!(refusal(&missing), (404, "ResourceNotFound".into()));
}

#[tokio::test]
async fn a_list_of_vaults_goes_on_where_the_page_ended() {
    let arm = Arm::new();
    for n in 0..5 {
        arm.vault(&format!("vault{n}"), &json!({})).await;
    }
    let mut path =
        format!("/subscriptions/{}/providers/Microsoft.KeyVault/vaults?$top=2", arm.subscription());
    let mut pages = Vec::new();
    loop {
        let page = arm.get(&path).await;
        pages.push(names(&page).len());
        let body = page.json();
        let Some(next) = body["nextLink"].as_str() else { break };
        path = next.strip_prefix("https://management.azure.com").unwrap().to_owned();
    }
    assert_eq!(pages, [2, 2, 1]);
}

#[tokio::test]
async fn what_azure_does_not_let_be_changed_stays() {
    let arm = Arm::new();
    arm.vault("kv-fixed", &json!({"enablePurgeProtection": true, "softDeleteRetentionInDays": 10})).await;
    for (properties, code) in [
        (json!({"enablePurgeProtection": false}), "BadRequest"),
        (json!({"enableSoftDelete": false}), "BadRequest"),
        (json!({"softDeleteRetentionInDays": 20}), "BadRequest"),
        (json!({"accessPolicies": [{"tenantId": "x", "objectId": "y", "permissions": {}}]}), "BadRequest"),
        (json!({"sku": {"name": "gold"}}), "BadRequest"),
    ] {
        let refused = arm.ask("PATCH", &vault_path("kv-fixed"), &json!({"properties": properties})).await;
        assert_eq!(refusal(&refused), (400, code.into()), "{properties}");
    }
    let body = arm.get(&vault_path("kv-fixed")).await.json();
    assert_eq!(body["properties"]["enablePurgeProtection"], true);
    assert_eq!(body["properties"]["softDeleteRetentionInDays"], 10);
    let elsewhere = json!({"location": "westus", "properties": {}});
    let refused = arm.ask("PUT", &vault_path("kv-fixed"), &elsewhere).await;
    assert_eq!(refusal(&refused), (409, "InvalidResourceLocation".into()));
    for name in ["1abc", "ab", "a--b", "abc-", "a123456789012345678901234"] {
        assert_eq!(refusal(&arm.vault(name, &json!({})).await), (400, "VaultNameNotValid".into()), "{name}");
    }
}

#[tokio::test]
async fn a_deleted_vault_keeps_its_name_and_its_objects_until_it_is_recovered_or_purged() {
    let arm = Arm::new();
    let policy = json!({"accessPolicies": [{"tenantId": arm.tenant(), "objectId": developer(&arm),
        "permissions": {"certificates": ["all"]}}]});
    arm.vault("kv-life", &policy).await;
    let kept = arm.0.send_to(
        "kv-life.vault.azure.net",
        "POST",
        "/certificates/c/create",
        akv_tests::EC_POLICY,
        &[("authorization", "Bearer developer")],
    );
    assert_eq!(kept.await.status, 202);
    assert_eq!(arm.ask("DELETE", &vault_path("kv-life"), &Value::Null).await.status, 200);
    assert_eq!(arm.ask("DELETE", &vault_path("kv-life"), &Value::Null).await.status, 204);
    assert_eq!(refusal(&arm.vault("kv-life", &json!({})).await), (409, "ConflictError".into()));
    let deleted = arm.get("providers/Microsoft.KeyVault/locations/eastus/deletedVaults/kv-life").await.json();
    assert_eq!(deleted["properties"]["scheduledPurgeDate"], "2027-05-01T12:00:00Z");
    assert_eq!(names(&arm.get("providers/Microsoft.KeyVault/deletedVaults").await), ["kv-life"]);

    let read = async || {
        let path = "/certificates/c";
        arm.0
            .send_to("kv-life.vault.azure.net", "GET", path, "", &[("authorization", "Bearer developer")])
            .await
    };
    assert_eq!(refusal(&read().await), (404, "VaultNotFound".into()));
    let recovered = arm.vault("kv-life", &json!({"createMode": "recover"})).await;
    assert_eq!(recovered.status, 200, "{recovered:?}");
    assert_eq!(read().await.status, 200);

    arm.ask("DELETE", &vault_path("kv-life"), &Value::Null).await;
    let purge = "providers/Microsoft.KeyVault/locations/eastus/deletedVaults/kv-life/purge";
    let purged = arm.ask("POST", purge, &Value::Null).await;
    assert_eq!((purged.status, purged.header("retry-after")), (202, "1"));
    let location = purged.header("location").strip_prefix("https://management.azure.com").unwrap();
    assert_eq!(arm.get(location).await.status, 200);
    assert_eq!(names(&arm.get("providers/Microsoft.KeyVault/deletedVaults").await), [""; 0]);
    assert_eq!(arm.vault("kv-life", &policy).await.status, 200);
    assert_eq!(refusal(&read().await), (404, "CertificateNotFound".into()));
}

fn developer(arm: &Arm) -> String {
    arm.0
        .service()
        .state()
        .identity
        .verify("developer", &[], akv_tests::start())
        .unwrap()
        .object_id
        .to_string()
}

#[tokio::test]
async fn purge_protection_outlasts_the_owner_and_ends_with_the_retention() {
    let arm = Arm::new();
    arm.vault("kv-safe", &json!({"enablePurgeProtection": true, "softDeleteRetentionInDays": 7})).await;
    assert_eq!(arm.ask("DELETE", "resourcegroups/rg", &Value::Null).await.status, 202);
    let purge = "providers/Microsoft.KeyVault/locations/eastus/deletedVaults/kv-safe/purge";
    assert_eq!(refusal(&arm.ask("POST", purge, &Value::Null).await), (405, "MethodNotAllowed".into()));
    arm.0.advance(std::time::Duration::from_secs(7 * 86_400));
    assert_eq!(refusal(&arm.ask("POST", purge, &Value::Null).await), (404, "DeletedVaultNotFound".into()));
    assert_eq!(arm.vault("kv-safe", &json!({})).await.status, 200);
}

#[tokio::test]
async fn access_policies_are_added_replaced_and_removed() {
    let arm = Arm::new();
    arm.vault("kv-pol", &json!({})).await;
    let change = async |kind: &str, words: Value| {
        let policy = json!({"tenantId": arm.tenant(), "objectId": "00000000-0000-0000-0000-00000000000a",
            "permissions": {"secrets": words}});
        let body = json!({"properties": {"accessPolicies": [policy]}});
        let path = format!("{}/accessPolicies/{kind}", vault_path("kv-pol"));
        let answer = arm.ask("PUT", &path, &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["properties"]["accessPolicies"].clone()
    };
    assert_eq!(change("add", json!(["get"])).await[0]["permissions"]["secrets"], json!(["get"]));
    let both = json!(["get", "list"]);
    assert_eq!(change("add", json!(["Get", "list"])).await[0]["permissions"]["secrets"], both);
    assert_eq!(change("replace", json!(["set"])).await[0]["permissions"]["secrets"], json!(["set"]));
    assert_eq!(change("remove", json!(["set"])).await, json!([]));
}

/// identity-and-control-plane.md P1 and P10.
#[tokio::test]
async fn the_clis_create_without_its_flag_makes_access_policies_unless_strict() {
    for (fidelity, flags, rbac) in [
        (akv_emulator::arm::Fidelity::Lenient, "-n -g", false),
        (akv_emulator::arm::Fidelity::Lenient, "-n -g --enable-rbac-authorization", true),
        (akv_emulator::arm::Fidelity::Strict, "-n -g", true),
    ] {
        let mut config = standing();
        config.fidelity = fidelity;
        let arm = Arm(Vault::new(config));
        arm.group("rg").await;
        let body = json!({"location": "eastus", "properties": {"tenantId": arm.tenant(), "sku": {"name": "standard"},
            "accessPolicies": [], "enableRbacAuthorization": true}});
        let headers = [("commandname", "keyvault create"), ("parametersetname", flags)];
        let made = arm.ask_with("PUT", &vault_path("kv-cli"), &body, &headers).await.json();
        assert_eq!(made["properties"]["enableRbacAuthorization"], rbac, "{flags}");
        let policies = made["properties"]["accessPolicies"].as_array().unwrap();
        assert_eq!(policies.len(), usize::from(!rbac), "{flags}");
    }
}

#[tokio::test]
async fn roles_are_found_by_name_assigned_once_and_forgotten_with_their_vault() {
    let arm = Arm::new();
    arm.vault("kv-role", &json!({"enableRbacAuthorization": true})).await;
    let scope = format!("/subscriptions/{}/{}", arm.subscription(), vault_path("kv-role"));
    let roles = "/providers/Microsoft.Authorization/roleDefinitions";
    let found =
        arm.get(&format!("{scope}{roles}?$filter=roleName%20eq%20'Key%20Vault%20Reader'")).await.json();
    assert_eq!(found["value"][0]["name"], "21090545-7ca7-4776-b22c-e363652d74d2");
    let assignment = |id: u8| {
        format!(
            "{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000{id:02}"
        )
    };
    let body = json!({"properties": {"roleDefinitionId": found["value"][0]["id"],
        "principalId": "00000000-0000-0000-0000-00000000000a", "principalType": "User"}});
    assert_eq!(arm.ask("PUT", &assignment(1), &body).await.status, 201);
    assert_eq!(arm.ask("PUT", &assignment(1), &body).await.status, 200);
    let twice = arm.ask("PUT", &assignment(2), &body).await;
    assert_eq!(refusal(&twice), (409, "RoleAssignmentExists".into()));
    let unknown = json!({"properties": {"roleDefinitionId": "/x/00000000-0000-0000-0000-0000000000ff",
        "principalId": "00000000-0000-0000-0000-00000000000a"}});
    let refused = arm.ask("PUT", &assignment(3), &unknown).await;
    assert_eq!(refusal(&refused), (404, "RoleDefinitionDoesNotExist".into()));
    let all = "/providers/Microsoft.Authorization/roleAssignments";
    let count = async |path: String| arm.get(&path).await.json()["value"].as_array().unwrap().len();
    assert_eq!(count(format!("{scope}{all}?$filter=atScope()")).await, 1);
    assert_eq!(count(format!("/subscriptions/{}{all}", arm.subscription())).await, 1);
    assert_eq!(count(format!("/subscriptions/{}{all}?$filter=atScope()", arm.subscription())).await, 0);
    arm.ask("DELETE", &vault_path("kv-role"), &Value::Null).await;
    assert_eq!(count(format!("/subscriptions/{}{all}", arm.subscription())).await, 0);
}

#[tokio::test]
async fn a_custom_role_lives_and_a_built_in_one_cannot_be_changed() {
    let arm = Arm::new();
    let path = "providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-0000000000aa";
    let role = |name: &str| {
        json!({"properties": {"roleName": name, "type": "CustomRole",
        "assignableScopes": [format!("/subscriptions/{}", arm.subscription())],
        "permissions": [{"actions": [], "dataActions": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"]}]}})
    };
    assert_eq!(arm.ask("PUT", path, &role("Mine")).await.status, 201);
    let taken = arm.ask("PUT", path, &role("Owner")).await;
    assert_eq!(refusal(&taken), (409, "RoleDefinitionWithSameNameExists".into()));
    assert_eq!(arm.get(path).await.json()["properties"]["roleName"], "Mine");
    assert_eq!(arm.ask("DELETE", path, &Value::Null).await.status, 200);
    assert_eq!(arm.ask("DELETE", path, &Value::Null).await.status, 204);
    let owner = "providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    let refused = arm.ask("DELETE", owner, &Value::Null).await;
    assert_eq!(refusal(&refused), (400, "RoleDefinitionIsBuiltIn".into()));
}

#[tokio::test]
async fn a_managed_hsm_is_a_resource_with_a_life_of_its_own() {
    let arm = Arm::new();
    arm.group("rg").await;
    let path = "resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/myhsm";
    let body = json!({"location": "eastus", "sku": {"family": "B", "name": "Standard_B1"},
        "properties": {"tenantId": arm.tenant(), "initialAdminObjectIds": [developer(&arm)]}});
    assert_eq!(arm.ask("PUT", path, &body).await.status, 200);
    assert_eq!(arm.get(path).await.json()["properties"]["hsmUri"], "https://myhsm.managedhsm.azure.net/");
    assert_eq!(names(&arm.get("providers/Microsoft.KeyVault/managedHSMs").await), ["myhsm"]);
    let name = json!({"name": "myhsm"});
    let check = arm.ask("POST", "providers/Microsoft.KeyVault/checkMhsmNameAvailability", &name).await;
    assert_eq!(check.json()["nameAvailable"], false);
    assert_eq!(arm.ask("DELETE", path, &Value::Null).await.status, 200);
    assert_eq!(names(&arm.get("providers/Microsoft.KeyVault/deletedManagedHSMs").await), ["myhsm"]);
    let purge = "providers/Microsoft.KeyVault/locations/eastus/deletedManagedHSMs/myhsm/purge";
    assert_eq!(arm.ask("POST", purge, &Value::Null).await.status, 202);
    let check = arm.ask("POST", "providers/Microsoft.KeyVault/checkMhsmNameAvailability", &name).await;
    assert_eq!(check.json()["nameAvailable"], true);
}

#[tokio::test]
async fn bad_bodies_and_what_is_not_emulated_are_named() {
    let arm = Arm::new();
    arm.group("rg").await;
    for (method, path, body, expected) in [
        ("PUT", vault_path("kv-bad"), json!([]), (400, "InvalidRequestContent")),
        ("PUT", vault_path("kv-bad"), json!({"location": 7}), (400, "InvalidRequestContent")),
        ("PUT", vault_path("kv-bad"), json!({"properties": {}}), (400, "LocationRequired")),
        ("PUT", vault_path("kv-bad"), json!({"location": "x"}), (400, "LocationNotAvailableForResourceType")),
        ("PUT", "resourcegroups/rg".to_owned(), json!({}), (400, "LocationRequired")),
        (
            "GET",
            "resources?$filter=name%20like%20x".to_owned(),
            Value::Null,
            (400, "InvalidFilterInQueryString"),
        ),
        (
            "GET",
            "resourcegroups/rg/providers/Microsoft.Web/sites".to_owned(),
            Value::Null,
            (501, "NotImplemented"),
        ),
        ("PUT", format!("{}/keys/k", vault_path("kv-bad")), json!({}), (404, "ResourceNotFound")),
        ("GET", format!("{}/privateLinkResources", vault_path("x")), Value::Null, (501, "NotImplemented")),
        ("POST", "resourcegroups/rg/exportTemplate".to_owned(), json!({}), (501, "NotImplemented")),
        ("GET", "operationresults/x".to_owned(), Value::Null, (404, "OperationNotFound")),
    ] {
        let answer = arm.ask(method, &path, &body).await;
        assert_eq!(refusal(&answer), (expected.0, expected.1.to_owned()), "{method} {path} {answer:?}");
    }
}

/// `az keyvault create --hsm-name` sends `--retention-days` as text (az 2.91).
#[tokio::test]
async fn a_number_may_come_as_text() {
    let arm = Arm::new();
    arm.group("rg").await;
    let path = "resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/my-hsm";
    let body = |days: &str| {
        json!({"location": "eastus", "sku": {"name": "Standard_B1", "family": "B"}, "properties": {
            "tenantId": arm.tenant(), "initialAdminObjectIds": [arm.tenant()], "softDeleteRetentionInDays": days}})
    };
    let refused = arm.ask("PUT", path, &body("a week")).await;
    assert_eq!(refusal(&refused), (400, "InvalidRequestContent".into()));
    let made = arm.ask("PUT", path, &body("7")).await;
    assert_eq!(made.json()["properties"]["softDeleteRetentionInDays"], 7, "{made:?}");
}

/// identity-and-control-plane.md section 7.
#[tokio::test]
async fn a_cloud_of_ones_own_is_described_without_a_token() {
    let arm = Arm::new();
    let path = "/metadata/endpoints?api-version=2022-09-01";
    let cloud = arm.0.send_to("localhost:8443", "GET", path, "", &[]).await.json();
    assert_eq!(cloud["suffixes"]["keyVaultDns"], "vault.localhost:8443");
    assert_eq!(cloud["authentication"]["loginEndpoint"], "https://localhost:8443/");
    let older = arm.0.send_to("localhost:8443", "GET", "/metadata/endpoints?api-version=2019-05-01", "", &[]);
    assert!(older.await.json().is_array());
    let oldest =
        arm.0.send_to("localhost:8443", "GET", "/metadata/endpoints?api-version=2015-01-01", "", &[]);
    assert_eq!(oldest.await.json()["authentication"]["loginEndpoint"], "https://localhost:8443/");
    let own =
        arm.0.send_to("localhost:8443", "GET", "/tenants", "", &[("authorization", "Bearer developer")]);
    assert_eq!(own.await.status, 200);
    let me = arm
        .0
        .send_to("localhost:8443", "GET", "/v1.0/me", "", &[("authorization", "Bearer developer")])
        .await;
    assert_eq!(
        (me.status, me.json()["userPrincipalName"].as_str()),
        (200, Some("user@domain.com")),
        "{me:?}"
    );
}

/// azure-rest-api-specs, Microsoft.Attestation; the form, help of azure-powershell's Get-AzAttestationDefaultProvider;
/// asked for by `az keyvault key create --default-cvm-policy`.
#[tokio::test]
async fn a_region_has_its_shared_attestation_provider() {
    let arm = Arm::new();
    let found = arm.get("providers/Microsoft.Attestation/Locations/eastus2/defaultProvider").await;
    let expected = r#"{"id":"/providers/Microsoft.Attestation/attestationProviders/sharedeus2","name":"sharedeus2","type":"Microsoft.Attestation/attestationProviders","location":"East US 2","properties":{"trustModel":"AAD","status":"Ready","attestUri":"https://sharedeus2.eus2.attest.azure.net"}}"#;
    assert_eq!(found.json(), serde_json::from_str::<Value>(expected).unwrap());
    let all = arm.get("providers/Microsoft.Attestation/defaultProviders").await;
    assert!(names(&all).contains(&"sharedweu".to_owned()));
    for (method, path, status) in [
        ("GET", "locations/atlantis/defaultProvider", 501),
        ("PUT", "locations/eastus/defaultProvider", 405),
        ("GET", "attestationProviders", 404),
    ] {
        let answer = arm.ask(method, &format!("providers/Microsoft.Attestation/{path}"), &Value::Null).await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
}
