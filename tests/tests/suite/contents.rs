//! What vaults are filled with at the start, and going back to it.

use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use akv_emulator::Emulator;
use akv_emulator::config::Config;
use akv_emulator::contents::Contents;
use akv_emulator::journal::{anything, get_secret};
use akv_tests::{Vault, standing};

const CONTENTS: &str = r#"
    [vaults.kv.secrets]
    db = "s3cret"
    off = { value = "x", attributes = { enabled = false } }

    [vaults.kv.keys.signer]
    kty = "EC"
    crv = "P-256"

    [vaults.kv.issuers.ca]
    provider = "DigiCert"
    org_details = { id = "1" }

    [vaults.kv.certificates.web.policy.key_props]
    kty = "EC"

    [[faults]]
    on = { name = "flaky" }
    do = { answer = { status = 503 } }
"#;

async fn filled(contents: &str) -> Vault {
    let contents = Some(Contents::from_toml(contents).unwrap());
    let vault = Vault::new(Config { contents, ..standing() });
    vault.emulator().fill().await.unwrap();
    vault
}

#[tokio::test]
async fn objects_of_every_family_are_there_from_the_start() {
    let vault = filled(CONTENTS).await;
    assert_eq!(vault.call("GET", "/secrets/db", "").await.json()["value"], "s3cret");
    assert_eq!(vault.call("GET", "/secrets/off", "").await.status, 403);
    assert_eq!(vault.call("GET", "/certificates/issuers/ca", "").await.json()["provider"], "DigiCert");
    assert_eq!(vault.call("GET", "/keys/signer", "").await.json()["key"]["kty"], "EC");
    let web = vault.call("GET", "/certificates/web", "").await.json();
    assert_eq!(web["policy"]["x509_props"]["subject"], "CN=web");
    assert_eq!(vault.call("GET", "/secrets/flaky", "").await.status, 503);
    vault.emulator().journal().expect(get_secret("db")).once();
}

#[tokio::test]
async fn a_reset_brings_back_what_was_there_and_nothing_else() {
    let vault = filled(CONTENTS).await;
    vault.call("PUT", "/secrets/db", r#"{"value":"changed"}"#).await;
    vault.call("DELETE", "/certificates/web", "").await;
    vault.call("PUT", "/secrets/new", r#"{"value":"x"}"#).await;
    let control = vault.beside("localhost");
    assert_eq!(control.send("POST", "/akv/reset", "", &[]).await.status, 200);
    vault.emulator().journal().expect(anything()).never();
    assert_eq!(vault.call("GET", "/secrets/db", "").await.json()["value"], "s3cret");
    assert_eq!(vault.call("GET", "/certificates/web", "").await.status, 200);
    assert_eq!(vault.call("GET", "/secrets/new", "").await.status, 404);
}

#[tokio::test]
async fn what_azure_would_refuse_is_refused_with_the_object_and_azures_words() {
    let contents = Contents::from_toml("[vaults.kv.secrets]\n'a_b' = 'x'").unwrap();
    let config = Config { contents: Some(contents), ..standing() };
    let refused = Emulator::new(config).unwrap().start().await.unwrap_err().to_string();
    assert_eq!(
        refused,
        "--contents: vault `kv`, /secrets/a_b: 400 (BadParameter) The request URI contains an invalid name: a_b"
    );
}

const GOVERNED: &str = r#"
    throttling = "azure"

    [directory.users."bob@contoso.com"]
    display_name = "Bob"
    password = "right"
    [directory.applications.00000000-0000-0000-0000-000000000007]
    display_name = "worker"
    secret = "s3cret"
    [directory.groups.ops]
    members = ["bob@contoso.com"]
    [directory]
    managed_identities = ["/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vm"]

    [vaults.governed.secrets]
    db = "s3cret"
    old = "x"
    [vaults.governed]
    deleted = ["secrets/old"]
    [vaults.governed.resource]
    resource_group = "team"
    location = "westeurope"
    tags = { env = "test" }
    [vaults.governed.resource.properties]
    softDeleteRetentionInDays = 7
    sku = { family = "A", name = "premium" }
    accessPolicies = [{ objectId = "00000000-0000-0000-0000-000000000007", permissions = { secrets = ["get"] } }]
    networkAcls = { defaultAction = "Allow", bypass = "AzureServices" }

    [vaults.by-roles.resource]
    roles = [{ role = "Key Vault Secrets User", principal = "ops" }]
    [vaults.by-roles.secrets]
    db = "s3cret"
"#;

/// A token for whoever shows this client secret or password.
async fn token(vault: &Vault, form: &str) -> Option<String> {
    let form = format!("{form}&scope=https%3A%2F%2Fvault.azure.net%2F.default");
    let tenant = vault.service().state().store.tenant;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let login = vault.beside("login.microsoftonline.com");
    let token = login.send("POST", &format!("/{tenant}/oauth2/v2.0/token"), &form, &headers).await;
    token.json()["access_token"].as_str().map(str::to_owned)
}

/// What a vault answers them.
async fn read_as(vault: &Vault, form: &str, path: &str) -> u16 {
    let Some(token) = token(vault, form).await else { return 401 };
    vault.send("GET", path, "", &[("authorization", &format!("Bearer {token}"))]).await.status
}

const WORKER: &str =
    "grant_type=client_credentials&client_id=00000000-0000-0000-0000-000000000007&client_secret=";
const BOB: &str =
    "grant_type=password&client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46&username=bob%40contoso.com&password=";

#[tokio::test]
async fn people_and_what_they_may_do_are_there_from_the_start_and_after_a_reset() {
    let vault = filled(GOVERNED).await;
    for _ in 0..2 {
        let governed = vault.beside("governed.vault.azure.net");
        let worker = |secret: &str| format!("{WORKER}{secret}");
        assert_eq!(read_as(&governed, &worker("s3cret"), "/secrets/db").await, 200);
        assert_eq!(read_as(&governed, &worker("s3cret"), "/secrets").await, 403);
        assert_eq!(read_as(&governed, &worker("wrong"), "/secrets/db").await, 401);
        let by_roles = vault.beside("by-roles.vault.azure.net");
        assert_eq!(read_as(&by_roles, &format!("{BOB}right"), "/secrets/db").await, 200);
        assert_eq!(read_as(&by_roles, &format!("{BOB}wrong"), "/secrets/db").await, 401);
        assert_eq!(read_as(&by_roles, &worker("s3cret"), "/secrets/db").await, 403);
        let subscription = vault.service().state().store.subscription;
        let path = format!(
            "/subscriptions/{subscription}/resourceGroups/team/providers/Microsoft.KeyVault/vaults/governed"
        );
        let shown = vault.beside("management.azure.com").call("GET", &path, "").await.json();
        assert_eq!((&shown["location"], &shown["tags"]["env"]), (&"westeurope".into(), &"test".into()));
        assert_eq!(shown["properties"]["sku"]["name"], "premium");
        assert_eq!(shown["properties"]["softDeleteRetentionInDays"], 7);
        let throttling = vault.beside("localhost").send("GET", "/akv/throttling", "", &[]).await.json();
        assert_eq!(throttling["limits"], "azure");
        let state = vault.service();
        let find = |name| state.state().identity.directory().principal_called(name);
        assert!(find("/subscriptions/S/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/VM").is_some());
        let kept = state.state().vaults.create("governed");
        let old = akv_emulator::vault::name::ObjectName::parse("old").unwrap();
        assert!(
            kept.deleted_object::<akv_emulator::vault::secrets::Secret>(&old, vault.clock().now()).is_ok()
        );
        vault.beside("localhost").send("POST", "/akv/reset", "", &[]).await;
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_refused_before_anything_is_carried_out() {
    for (contents, complaint) in [
        (
            "[vaults.my-kv.resource]\nroles = [{ role = 'Owner of all', principal = 'developer' }]",
            "no role is called `Owner of all`",
        ),
        (
            "[vaults.my-kv.resource]\nroles = [{ role = 'Reader', principal = 'eve@contoso.com' }]",
            "nobody is called `eve@contoso.com`",
        ),
        (
            "[vaults.my-kv.resource.properties]\naccessPolicies = [{ objectId = 'eve' }]",
            "nobody is called `eve`",
        ),
        ("[directory.groups.g]\nmembers = ['eve']", "group `g`: nobody is called `eve`"),
        ("[directory.users.eve]", "user `eve`"),
        ("[vaults.kv]\ndeleted = ['db']", "secrets/NAME"),
        (
            "[vaults.kv.secrets.a]\nvalue = 'x'\nattributes = { enabeld = true }",
            "/secrets/a: Azure knows no member `attributes.enabeld`",
        ),
        ("[vaults.kv.keys.k]\nkty = 'EC'\ncurve = 'P-256'", "/keys/k/create: Azure knows no member `curve`"),
        ("[vaults.kv.keys.k.key]\nktty = 'EC'", "/keys/k: Azure knows no member `key.ktty`"),
        ("[vaults.kv.certificates.c.policy.x509_props]\nsan = 1", "`policy.x509_props.san`"),
        (
            "[vaults.kv.certificates.c]\nvalue = 'x'\npassword = 'y'",
            "/certificates/c/import: Azure knows no member `password`",
        ),
        (
            "[vaults.kv.issuers.i]\nprovidr = 'DigiCert'",
            "/certificates/issuers/i: Azure knows no member `providr`",
        ),
        (
            "[vaults.kv]\ncontacts = [{ mail = 'a@b.c' }]",
            "/certificates/contacts: Azure knows no member `contacts.0.mail`",
        ),
        (
            "[vaults.my-kv.resource.properties]\nnetworkACLs = {}",
            "vault `my-kv`, resource: Azure knows no member `properties.networkACLs`",
        ),
        ("[vaults.my-kv.resource]\nlocation = 'moon'", "(LocationNotAvailableForResourceType)"),
    ] {
        let contents = format!("{contents}\n[vaults.kv.secrets]\ndb = 'x'");
        let contents = Some(Contents::from_toml(&contents).unwrap());
        let vault = Vault::new(Config { contents, ..standing() });
        let refused = vault.emulator().fill().await.unwrap_err().to_string();
        assert!(refused.contains(complaint), "{complaint}: {refused}");
        assert_eq!(vault.call("GET", "/secrets/db", "").await.status, 404, "{complaint}");
    }
}

/// What Azure answers, where it never does.
#[tokio::test]
async fn a_member_in_the_wrong_place_is_named_with_file_vault_and_object() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("akv.toml");
    for (contents, named) in [
        (
            "[vaults.kv.secrets.a]\nvalue = 'x'\nrecoveryLevel = 'Purgeable'",
            "vault `kv`, /secrets/a: Azure knows no member `recoveryLevel`",
        ),
        (
            "[vaults.kv.issuers.i]\nprovider = 'Test'\nattributes = { recoverableDays = 7 }",
            "vault `kv`, /certificates/issuers/i: Azure knows no member `attributes.recoverableDays`",
        ),
        (
            "[vaults.kv.keys.k]\nkty = 'EC'\nkid = 'x'\nattributes = { created = 1 }",
            "vault `kv`, /keys/k/create: Azure knows no member `kid`",
        ),
        (
            "[vaults.my-kv.resource.properties.sku]\nname = 'standard'\nprovisioningState = 'Succeeded'",
            "vault `my-kv`, resource: Azure knows no member `properties.sku.provisioningState`",
        ),
    ] {
        std::fs::write(&path, contents).unwrap();
        let contents = Some(Contents::read(&path).unwrap());
        let refused = Vault::new(Config { contents, ..standing() }).emulator().fill().await.unwrap_err();
        assert!(refused.to_string().contains(&format!("{}: {named}", path.display())), "{refused}");
    }
}

/// Who copies an answer into contents need not take out what the service added.
#[tokio::test]
async fn what_azure_answered_may_stand_in_contents() {
    let vault = filled(CONTENTS).await;
    let answer = async |path: &str| vault.call("GET", path, "").await.json();
    let contacts = r#"{"contacts":[{"email":"a@contoso.com","name":"A"}]}"#;
    assert_eq!(vault.call("PUT", "/certificates/contacts", contacts).await.status, 200);
    let (secret, issuer) = (answer("/secrets/db").await, answer("/certificates/issuers/ca").await);
    let contacts = answer("/certificates/contacts").await["contacts"].clone();
    let policy = answer("/certificates/web/policy").await;
    let governed = filled(GOVERNED).await;
    let arm = governed.beside("management.azure.com");
    let subscription = governed.service().state().store.subscription;
    let path = format!(
        "/subscriptions/{subscription}/resourceGroups/team/providers/Microsoft.KeyVault/vaults/governed"
    );
    let properties = arm.call("GET", &path, "").await.json()["properties"].clone();
    let contents = serde_json::json!({"vaults": {
        "kv": {
            "secrets": {"db": secret}, "issuers": {"ca": issuer}, "contacts": contacts,
            "certificates": {"web": {"policy": policy}},
        },
        "governed": {"resource": {"properties": properties}},
    }});
    let contents = Some(Contents::from_json(&contents.to_string()).unwrap());
    let again = Vault::new(Config { contents, ..standing() });
    again.emulator().fill().await.unwrap();
    assert_eq!(again.call("GET", "/secrets/db", "").await.json()["value"], "s3cret");
}

#[tokio::test]
async fn other_contents_change_what_they_say_otherwise_and_leave_what_clients_made() {
    let vault = filled(CONTENTS).await;
    vault.call("PUT", "/secrets/db", r#"{"value":"changed by a client"}"#).await;
    vault.call("PUT", "/secrets/own", r#"{"value":"x"}"#).await;
    let signer = vault.call("GET", "/keys/signer", "").await.body;
    let other =
        CONTENTS.replace("value = \"x\"", "value = \"y\"").replace("enabled = false", "enabled = true");
    let other = other
        .replace("503", "500")
        .replace("kty = \"EC\"\n\n    [[", "kty = \"EC\"\n[vaults.new.secrets]\na = 'b'\n    [[");
    let state = vault.service();
    state.state().go_over_to(Contents::from_toml(&other).unwrap()).await.unwrap();
    let value =
        async |name: &str| vault.call("GET", &format!("/secrets/{name}"), "").await.json()["value"].clone();
    assert_eq!((value("db").await, value("own").await), ("changed by a client".into(), "x".into()));
    assert_eq!(value("off").await, "y");
    assert_eq!(vault.call("GET", "/keys/signer", "").await.body, signer);
    assert_eq!(vault.beside("new.vault.azure.net").call("GET", "/secrets/a", "").await.json()["value"], "b");
    assert_eq!(vault.call("GET", "/secrets/flaky", "").await.status, 500);
    let refused = Contents::from_toml("[vaults.kv.secrets]\n'a_b' = 'x'").unwrap();
    let refused = state.state().go_over_to(refused).await.unwrap_err().to_string();
    assert!(refused.contains("/secrets/a_b"), "{refused}");
    assert_eq!(value("off").await, "y");
}

/// Everything, to be compared.
async fn all_of(vault: &Vault) -> String {
    String::from_utf8(vault.emulator().snapshot().await.write().unwrap()).unwrap()
}

/// People, resources, objects, faults and limits are those of before, whatever of the others would have been carried out.
#[tokio::test]
async fn what_is_refused_is_named_all_of_it_and_nothing_else_changes() {
    let vault = filled(CONTENTS).await;
    vault.call("PUT", "/secrets/off", r#"{"value":"a client's"}"#).await;
    let state = vault.service();
    let over = async |text: &str| {
        let gone_over = state.state().go_over_to(Contents::from_toml(text).unwrap()).await;
        gone_over.map_err(|error| error.to_string())
    };
    let before = all_of(&vault).await;
    let objects = format!("{GOVERNED}\n[vaults.kv.secrets]\ndb = 'two'\n'a_b' = 'x'\n'c_d' = 'x'");
    let resources = "[vaults.my-kv.resource]\nlocation = 'moon'\n[vaults.kv-2.resource]\nlocation = 'mars'";
    for (text, named) in [
        (objects.as_str(), ["/secrets/a_b: 400", "/secrets/c_d: 400"]),
        (resources, ["vault `my-kv`: ", "vault `kv-2`: "]),
        ("[vaults.kv.secrets]\nlast = 'y'\ndb.file = 'no/such'", ["no/such: ", ""]),
    ] {
        let refused = over(text).await.unwrap_err();
        assert!(named.iter().all(|named| refused.contains(named)), "{refused}");
        assert_eq!(all_of(&vault).await, before);
    }
    over(&objects.replace("'a_b'", "ab").replace("'c_d'", "cd")).await.unwrap();
    assert_eq!(vault.call("GET", "/secrets/db", "").await.json()["value"], "two");
    assert_eq!(vault.call("GET", "/secrets/off", "").await.json()["value"], "a client's");
}

/// A request that comes while contents are carried out is answered of the new state; what is not awaited to its end has not
/// been.
#[tokio::test]
async fn contents_are_carried_out_between_two_requests_or_not_at_all() {
    fn is_waiting(future: Pin<&mut impl Future>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }
    let vault = filled("[vaults.kv.secrets]\ndb = 'one'").await;
    let state = vault.service();
    let before = all_of(&vault).await;
    let contents = || {
        let key = "[vaults.kv.keys.slow]\nkty = 'RSA'\nkey_size = 4096";
        Contents::from_toml(&format!("[vaults.kv.secrets]\ndb = 'two'\n{key}")).unwrap()
    };
    {
        let mut half_way = pin!(state.state().go_over_to(contents()));
        assert!(is_waiting(half_way.as_mut()));
    }
    assert_eq!(all_of(&vault).await, before);
    let mut going = pin!(state.state().go_over_to(contents()));
    let mut request = pin!(vault.call("GET", "/secrets/db", ""));
    assert!(is_waiting(going.as_mut()) && is_waiting(request.as_mut()));
    going.await.unwrap();
    assert_eq!(request.await.json()["value"], "two");
    assert_eq!(vault.call("GET", "/keys/slow", "").await.status, 200);
}

/// Limits are those of flags and contents again, and every token that was good is.
#[tokio::test]
async fn a_reset_takes_back_limits_and_claims_challenges() {
    let vault = filled("[vaults.kv.secrets]\ndb = 'x'").await;
    let token = token(&vault, &format!("{WORKER}any")).await.unwrap();
    let control = vault.beside("localhost");
    control.send("POST", "/akv/throttling", r#"{"limits":"azure"}"#, &[]).await;
    control.send("POST", "/akv/claims-challenge", "", &[]).await;
    control.send("POST", "/akv/reset", "", &[]).await;
    let throttling = control.send("GET", "/akv/throttling", "", &[]).await.json();
    assert_eq!(throttling["limits"], "off");
    let authorization = format!("Bearer {token}");
    let read = vault.send("GET", "/secrets/db", "", &[("authorization", &authorization)]).await;
    assert_eq!(read.status, 200, "{read:?}");
}

/// A state that was loaded came of the contents: following them carries out what they say otherwise, and no more.
#[tokio::test(flavor = "multi_thread")]
async fn contents_are_not_carried_out_again_over_a_state_that_was_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = ("[vaults.kv.secrets]\ndb = 'one'\n", "[vaults.kv.secrets]\ndb = 'one'\nnew = 'two'\n");
    let config = || Config {
        snapshot: Some(folder.path().join("state.json")),
        contents: Some(Contents::from_toml(one).unwrap()),
        ..standing()
    };
    let first = Vault::new(config());
    first.emulator().fill().await.unwrap();
    first.call("PUT", "/secrets/db", r#"{"value":"a client's"}"#).await;
    first.emulator().keep().await.unwrap();
    let second = Vault::new(config());
    second.emulator().fill().await.unwrap();
    second.service().state().go_over_to(Contents::from_toml(two).unwrap()).await.unwrap();
    let value =
        async |name: &str| second.call("GET", &format!("/secrets/{name}"), "").await.json()["value"].clone();
    assert_eq!((value("db").await, value("new").await), ("a client's".into(), "two".into()));
    // A reset goes back to the contents, those that are followed.
    assert_eq!(second.beside("localhost").send("POST", "/akv/reset", "", &[]).await.status, 200);
    assert_eq!((value("db").await, value("new").await), ("one".into(), "two".into()));
    // What is wrong with the contents is said although they are not carried out.
    for (wrong, named) in [
        ("[vaults.kv.keys.k]\nkty = 'EC'\ncurve = 'P-256'", "member `curve`"),
        ("[vaults.kv.resource.properties]\nnetworkACLs = {}", "member `properties.networkACLs`"),
    ] {
        let third = Vault::new(Config { contents: Some(Contents::from_toml(wrong).unwrap()), ..config() });
        let refused = third.emulator().fill().await.unwrap_err().to_string();
        assert!(refused.starts_with("--contents: ") && refused.contains(named), "{refused}");
    }
}
