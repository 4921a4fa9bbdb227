//! People who log in, applications that act for them, and the directory behind both.
//!
//! Source: identity-and-control-plane.md sections 4.2, 4.3.

use akv_emulator::config::Config;
use akv_emulator::identity::directory::{Admission, Rules, Secret, UserPrincipalName};
use akv_emulator::identity::{Acceptance, DEFAULT_TENANT};
use akv_tests::{Answer, Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const APP: &str = "11111111-2222-3333-4444-555555555555";
const ARM: &str = "https%3A%2F%2Fmanagement.core.windows.net%2F%2F.default+offline_access+openid+profile";
const VAULT: &str = "https%3A%2F%2Fvault.azure.net%2F.default+offline_access+openid+profile";

fn strict(directory: Rules) -> Config {
    Config { acceptance: Acceptance::Strict, directory, ..standing() }
}

fn closed() -> Rules {
    let users = ["me@contoso.com", "bob@contoso.com"];
    Rules {
        users: users.iter().filter_map(|name| UserPrincipalName::parse(name)).collect(),
        applications: vec![(APP.parse().unwrap(), Some(Secret::of("right")))],
        admission: Admission::Closed,
        ..Rules::default()
    }
}

struct Login(Vault);

impl Login {
    fn new(directory: Rules) -> Self {
        Self(Vault::new(strict(directory)).called("login.microsoftonline.com"))
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        self.0.send("POST", &format!("/organizations/oauth2/v2.0/{path}"), form, &[]).await
    }

    async fn token(&self, form: &str) -> Answer {
        self.post("token", form).await
    }

    /// `AADSTS` and its number, of a refusal that gives no token.
    async fn refused(&self, form: &str) -> u64 {
        let answer = self.token(form).await;
        let body = answer.json();
        assert!(body.get("access_token").is_none() && answer.status >= 400, "{answer:?}");
        let number = body["error_codes"][0].as_u64().unwrap();
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
        number
    }

    async fn authorize(&self, query: &str) -> Answer {
        let path = format!("/organizations/oauth2/v2.0/authorize?{query}");
        self.0.send("GET", &path, "", &[]).await
    }

    async fn graph(self, method: &str, path: &str, body: &str, token: &str) -> (Self, Answer) {
        let graph = self.0.called("graph.microsoft.com");
        let bearer = format!("Bearer {token}");
        let headers = if token.is_empty() { vec![] } else { vec![("authorization", bearer.as_str())] };
        let answer = graph.send(method, &format!("/v1.0{path}"), body, &headers).await;
        (Self(graph.called("login.microsoftonline.com")), answer)
    }
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Section 4.2: what `az login` does on a machine without a browser, and each member that it needs.
#[tokio::test]
async fn a_device_code_logs_the_developer_in_once() {
    let login = Login::new(Rules::default());
    let given = login.post("devicecode", &format!("client_id={AZURE_CLI}&scope={ARM}")).await.json();
    assert_eq!((given["expires_in"].as_i64(), given["interval"].as_i64()), (Some(900), Some(1)));
    let code = given["device_code"].as_str().unwrap();
    let grant = "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_info=1";
    let form = format!("{grant}&client_id={AZURE_CLI}&device_code={code}");
    let another = format!("{grant}&client_id={APP}&device_code={code}");
    assert_eq!(login.refused(&another).await, 70019, "a code of another client's");

    let tokens = login.token(&form).await.json();
    assert_eq!((tokens["token_type"].as_str(), tokens["foci"].as_str()), (Some("Bearer"), Some("1")));
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["aud"], "https://management.core.windows.net/");
    let identity = claims(&tokens["id_token"]);
    assert_eq!(identity["preferred_username"], "user@domain.com");
    assert_eq!(
        (identity["aud"].as_str(), identity["tid"].as_str()),
        (Some(AZURE_CLI), Some(DEFAULT_TENANT.to_string().as_str()))
    );
    let info = URL_SAFE_NO_PAD.decode(tokens["client_info"].as_str().unwrap()).unwrap();
    let info: Value = serde_json::from_slice(&info).unwrap();
    assert_eq!(info, json!({"uid": access["oid"], "utid": DEFAULT_TENANT}));
    assert_eq!(login.refused(&form).await, 70019, "a code is good once");
}

#[tokio::test]
async fn a_refresh_token_gives_tokens_for_other_services_and_opens_a_strict_vault() {
    let login = Login::new(Rules::default());
    let form =
        format!("grant_type=password&client_id={AZURE_CLI}&username=bob@contoso.com&password=x&scope={ARM}");
    let first = login.token(&form).await.json();
    let refresh = first["refresh_token"].as_str().unwrap();
    let form =
        format!("grant_type=refresh_token&client_id={AZURE_CLI}&refresh_token={refresh}&scope={VAULT}");
    let second = login.token(&form).await.json();
    assert_eq!(claims(&second["access_token"])["oid"], claims(&first["access_token"])["oid"]);
    assert_eq!(claims(&second["access_token"])["aud"], "https://vault.azure.net");
    let other = format!("grant_type=refresh_token&client_id={APP}&refresh_token={refresh}&scope={VAULT}");
    assert_eq!(login.refused(&other).await, 9_002_313, "not of this client's family");
    let access = first["access_token"].as_str().unwrap();
    let not_one =
        format!("grant_type=refresh_token&client_id={AZURE_CLI}&refresh_token={access}&scope={VAULT}");
    assert_eq!(login.refused(&not_one).await, 9_002_313);

    let bearer = format!("Bearer {}", second["access_token"].as_str().unwrap());
    let vault = login.0.called("kv.vault.azure.net");
    assert_eq!(vault.send("GET", "/certificates", "", &[("authorization", &bearer)]).await.status, 200);
}

/// A browser's login: form_post page, code, proof key, nonce. The pair is RFC 7636's own.
#[tokio::test]
async fn a_browser_gets_a_code_that_only_its_client_can_redeem() {
    let login = Login::new(Rules::default());
    let redirect = encoded("http://localhost:8400/");
    let query = format!(
        "client_id={AZURE_CLI}&response_type=code&redirect_uri={redirect}&scope={ARM}&state=s%22t&response_mode=form_post&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&nonce=n&client_info=1&prompt=select_account"
    );
    let page = login.authorize(&query).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(
        page.body.contains("action=\"http://localhost:8400/\"") && page.body.contains("value=\"s&quot;t\"")
    );
    let code = page.body.split("name=\"code\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = |verifier: &str, redirect: &str| {
        format!(
            "grant_type=authorization_code&client_id={AZURE_CLI}&code={code}&redirect_uri={redirect}&code_verifier={verifier}&scope={ARM}"
        )
    };
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(login.refused(&form("guess", &redirect)).await, 501_481);
    assert_eq!(login.refused(&form(verifier, "http://localhost/")).await, 500_112);
    let tokens = login.token(&form(verifier, &redirect)).await.json();
    assert_eq!(claims(&tokens["id_token"])["nonce"], "n");
    assert_eq!(login.refused(&form(verifier, &redirect)).await, 54_005);
    assert_eq!(login.refused(&form(verifier, &redirect).replace(code, "guess")).await, 9_002_313);
}

#[tokio::test]
async fn a_code_is_not_sent_to_somebody_elses_host() {
    let login = Login::new(Rules::default());
    let query = |redirect: &str, more: &str| {
        format!(
            "client_id={APP}&response_type=code&redirect_uri={}&scope={VAULT}&state=s{more}",
            encoded(redirect)
        )
    };
    let refused = login.authorize(&query("https://example.com/", "")).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("AADSTS50011") && !refused.body.contains("code="), "{refused:?}");
    let sent = login.authorize(&query("http://localhost/x", "&login_hint=bob@contoso.com")).await;
    assert_eq!(sent.status, 302);
    assert!(sent.header("location").starts_with("http://localhost/x?code="), "{sent:?}");
    assert!(sent.header("location").ends_with("&state=s"));
    let told = login.authorize(&query("http://localhost/x", "").replace("=code", "=token")).await;
    assert!(told.header("location").contains("error=unsupported_response_type"), "{told:?}");
}

/// Unknown user, wrong password, wrong secret, unknown application, domain and tenant: Entra's numbers, nothing issued.
#[tokio::test]
async fn a_closed_directory_lets_in_whom_it_knows() {
    let login = Login::new(closed());
    let password = |user: &str| {
        format!("grant_type=password&client_id={AZURE_CLI}&username={user}&password=x&scope={ARM}")
    };
    assert_eq!(login.refused(&password("eve@contoso.com")).await, 50_034);
    assert_eq!(login.refused(&password("bob")).await, 50_034);
    assert_eq!(login.token(&password("BOB@contoso.com")).await.status, 200);
    let secret = |app: &str, secret: &str| {
        format!(
            "grant_type=client_credentials&client_id={app}&client_secret={secret}&scope=https://vault.azure.net/.default"
        )
    };
    assert_eq!(login.refused(&secret(APP, "wrong")).await, 7_000_215);
    assert_eq!(login.token(&secret(APP, "right")).await.status, 200);
    assert_eq!(login.refused(&secret(&APP.replace('1', "2"), "right")).await, 700_016);
    let realm = login.0.send("GET", "/common/userrealm/bob%40contoso.com", "", &[]).await.json();
    assert_eq!(
        (realm["account_type"].as_str(), realm["domain_name"].as_str()),
        (Some("Managed"), Some("contoso.com"))
    );
    for tenant in ["fabrikam.com", "00000000-0000-4000-8000-000000000000"] {
        let path = format!("/{tenant}/v2.0/.well-known/openid-configuration");
        let answer = login.0.send("GET", &path, "", &[]).await;
        assert!(answer.status == 400 && answer.body.contains("AADSTS90002"), "{answer:?}");
    }
}

#[tokio::test]
async fn an_application_goes_on_as_its_user() {
    let login = Login::new(Rules::default());
    let form = format!(
        "grant_type=password&client_id={AZURE_CLI}&username=bob@contoso.com&password=x&scope=api://{APP}/access"
    );
    let user = login.token(&form).await.json();
    let obo = |assertion: &str| {
        format!(
            "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&client_id={APP}&client_secret=s&assertion={assertion}&requested_token_use=on_behalf_of&scope={VAULT}"
        )
    };
    let tokens = login.token(&obo(user["access_token"].as_str().unwrap())).await.json();
    let (before, after) = (claims(&user["access_token"]), claims(&tokens["access_token"]));
    assert_eq!((after["oid"].clone(), after["appid"].as_str()), (before["oid"].clone(), Some(APP)));
    assert_eq!(login.refused(&obo("guess")).await, 50_013);
    let own =
        format!("grant_type=client_credentials&client_id={APP}&client_secret=s&scope=api://{APP}/.default");
    let own = login.token(&own).await.json();
    assert_eq!(login.refused(&obo(own["access_token"].as_str().unwrap())).await, 7_000_114);
    let without = obo("x").replace("&client_secret=s", "");
    assert_eq!(login.refused(&without).await, 7_000_218);
}

/// Version 1 of the protocol writes numbers as text and repeats the resource.
#[tokio::test]
async fn version_1_asks_for_a_resource() {
    let login = Login::new(Rules::default());
    let form = format!(
        "grant_type=client_credentials&client_id={APP}&client_secret=s&resource=https://vault.azure.net"
    );
    let path = format!("/{DEFAULT_TENANT}/oauth2/token");
    let tokens = login.0.send("POST", &path, &form, &[]).await.json();
    assert_eq!(
        (tokens["expires_in"].as_str(), tokens["resource"].as_str()),
        (Some("3599"), Some("https://vault.azure.net"))
    );
}

#[tokio::test]
async fn logging_out_leads_back_to_this_machine_only() {
    let login = Login::new(Rules::default());
    let path = |uri: &str| format!("/common/oauth2/v2.0/logout?post_logout_redirect_uri={}", encoded(uri));
    let back = login.0.send("GET", &path("http://localhost:1/bye"), "", &[]).await;
    assert_eq!((back.status, back.header("location")), (302, "http://localhost:1/bye"));
    assert_eq!(login.0.send("GET", &path("https://example.com"), "", &[]).await.status, 200);
}

async fn graph_token(login: &Login, form: &str) -> String {
    let form = format!("{form}&scope=https%3A%2F%2Fgraph.microsoft.com%2F%2F.default");
    login.token(&form).await.json()["access_token"].as_str().unwrap().to_owned()
}

/// Section 4.3 and P14: `az keyvault set-policy --upn`, `az ad signed-in-user show`, `az ad user show`.
#[tokio::test]
async fn graph_finds_the_developer_by_every_name() {
    let login = Login::new(Rules::default());
    let form = format!("grant_type=password&client_id={AZURE_CLI}&username=user@domain.com&password=x");
    let token = graph_token(&login, &form).await;
    let (login, me) = login.graph("GET", "/me", "", &token).await;
    let (login, by_name) =
        login.graph("GET", "/users?$filter=userPrincipalName%20eq%20'user%40domain.com'", "", &token).await;
    assert_eq!(by_name.json()["value"][0]["id"], me.json()["id"]);
    let (login, own) =
        login.graph("GET", "/users?$filter=userPrincipalName%20eq%20'jane%40contoso.com'", "", &token).await;
    assert_eq!(own.json()["value"][0]["id"], me.json()["id"], "the first other name is the reader's own");
    let (login, bob) = login.graph("GET", "/users/bob@contoso.com", "", &token).await;
    assert_ne!(bob.json()["id"], me.json()["id"]);
    let (login, none) = login.graph("GET", "/me", "", "").await;
    assert_eq!(
        (none.status, none.json()["error"]["code"].as_str()),
        (401, Some("InvalidAuthenticationToken"))
    );
    let app =
        graph_token(&login, &format!("grant_type=client_credentials&client_id={APP}&client_secret=s")).await;
    let (login, refused) = login.graph("GET", "/me", "", &app).await;
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (400, Some("BadRequest")));
    let (login, missing) =
        login.graph("GET", "/users/00000000-0000-4000-8000-000000000000", "", &token).await;
    assert_eq!(
        (missing.status, missing.json()["error"]["code"].as_str()),
        (404, Some("Request_ResourceNotFound"))
    );
    let (login, filter) = login.graph("GET", "/users?$filter=endswith(mail,'x')", "", &token).await;
    assert_eq!(filter.json()["error"]["code"], "Request_UnsupportedQuery");
    let (_, unknown) = login.graph("GET", "/drives", "", &token).await;
    assert_eq!(unknown.status, 501);
}

/// `az ad sp create-for-rbac`: the secret that comes back is the only right one.
#[tokio::test]
async fn an_application_created_through_graph_logs_in_by_its_secret() {
    let login = Login::new(Rules::default());
    let form = format!("grant_type=password&client_id={AZURE_CLI}&username=user@domain.com&password=x");
    let token = graph_token(&login, &form).await;
    let (login, made) = login.graph("POST", "/applications", r#"{"displayName":"tool"}"#, &token).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let (id, app_id) = (made["id"].as_str().unwrap(), made["appId"].as_str().unwrap());
    let path = format!("/applications/{id}/addPassword");
    let body = r#"{"passwordCredential":{"displayName":"rbac"}}"#;
    let (login, secret) = login.graph("POST", &path, body, &token).await;
    let secret = secret.json();
    let body = json!({"appId": app_id}).to_string();
    let (login, principal) = login.graph("POST", "/servicePrincipals", &body, &token).await;
    assert_eq!(principal.status, 201);
    let (login, again) = login.graph("POST", "/servicePrincipals", &body, &token).await;
    assert_eq!(again.json()["error"]["code"], "Request_MultipleObjectsWithSameKeyValue");

    let form = |secret: &str| {
        format!(
            "grant_type=client_credentials&client_id={app_id}&client_secret={}&scope=https://vault.azure.net/.default",
            encoded(secret)
        )
    };
    assert_eq!(login.refused(&form("guess")).await, 7_000_215);
    let tokens = login.token(&form(secret["secretText"].as_str().unwrap())).await.json();
    assert_eq!(claims(&tokens["access_token"])["oid"], principal.json()["id"]);
    let body = json!({"keyId": secret["keyId"]}).to_string();
    let (login, removed) =
        login.graph("POST", &format!("/applications/{id}/removePassword"), &body, &token).await;
    assert_eq!(removed.status, 204);
    let (login, shown) = login.graph("GET", &format!("/applications/{id}"), "", &token).await;
    assert_eq!(shown.json()["passwordCredentials"], json!([]));
    let filter = format!("/servicePrincipals?$filter=servicePrincipalNames/any(c:c%20eq%20'{app_id}')");
    let (_, found) = login.graph("GET", &filter, "", &token).await;
    assert_eq!(found.json()["value"][0]["id"], principal.json()["id"]);
}

/// `az ad group create`, `az ad group member add`, `check`, `remove`.
#[tokio::test]
async fn groups_have_members_and_members_have_groups() {
    let login = Login::new(Rules::default());
    let form = format!("grant_type=password&client_id={AZURE_CLI}&username=user@domain.com&password=x");
    let token = graph_token(&login, &form).await;
    let body =
        r#"{"displayName":"readers","mailNickname":"readers","mailEnabled":false,"securityEnabled":true}"#;
    let (login, group) = login.graph("POST", "/groups", body, &token).await;
    let group = group.json()["id"].as_str().unwrap().to_owned();
    let (login, me) = login.graph("GET", "/me", "", &token).await;
    let me = me.json()["id"].as_str().unwrap().to_owned();
    let reference =
        json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{me}")}).to_string();
    let path = format!("/groups/{group}/members/$ref");
    let (login, added) = login.graph("POST", &path, &reference, &token).await;
    assert_eq!(added.status, 204);
    let (login, twice) = login.graph("POST", &path, &reference, &token).await;
    assert_eq!(twice.json()["error"]["code"], "Request_BadRequest");
    let (login, members) = login.graph("GET", &format!("/groups/{group}/members"), "", &token).await;
    assert_eq!(members.json()["value"][0]["@odata.type"], "#microsoft.graph.user");
    let asked = r#"{"securityEnabledOnly":true}"#;
    let (login, groups) = login.graph("POST", &format!("/users/{me}/getMemberGroups"), asked, &token).await;
    assert_eq!(groups.json()["value"], json!([group]));
    let ids = json!({"ids": [me, group, APP]}).to_string();
    let (login, found) = login.graph("POST", "/directoryObjects/getByIds", &ids, &token).await;
    assert_eq!(found.json()["value"].as_array().unwrap().len(), 2);
    let (login, left) =
        login.graph("DELETE", &format!("/groups/{group}/members/{me}/$ref"), "", &token).await;
    assert_eq!(left.status, 204);
    let (login, missing) = login.graph("POST", "/groups", "{}", &token).await;
    assert_eq!(
        missing.json()["error"]["message"],
        "A value is required for property 'displayName' of resource 'Group'."
    );
    let (_, broken) = login.graph("POST", "/groups", "{", &token).await;
    assert_eq!(broken.status, 400);
}
