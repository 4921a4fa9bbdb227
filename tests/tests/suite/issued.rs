//! What is issued, read by openssl: the emulator's own code is no witness.

use akv_tests::{Vault, standing};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::witness::{KEY_TYPES, P256K, openssl};

async fn issue(policy: &str) -> (Vec<u8>, Vec<u8>, serde_json::Value) {
    let vault = Vault::new(standing());
    let created = vault.call("POST", "/certificates/c/create", policy).await;
    assert_eq!(created.status, 202, "{created:?}");
    let found = vault.call("GET", "/certificates/c", "").await.json();
    let bytes =
        |json: &serde_json::Value, member: &str| STANDARD.decode(json[member].as_str().unwrap()).unwrap();
    (bytes(&found, "cer"), bytes(&created.json(), "csr"), found)
}

/// certificates.md section 5.2.
#[tokio::test]
async fn every_key_type_verifies_and_matches_its_request() {
    for (key_props, bits) in KEY_TYPES {
        let policy = format!(
            r#"{{"policy":{{"key_props":{key_props},"x509_props":{{"subject":"CN=a"}},"issuer":{{"name":"Self"}}}}}}"#
        );
        let (certificate, request, _) = issue(&policy).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.pem");
        let pem = openssl(&["x509", "-inform", "DER"], &certificate);
        std::fs::write(&path, &pem).unwrap();
        let path = path.to_str().unwrap();
        let at = "1801396800";
        // Curves that are spelled out are trusted by nobody strict, the certificate's own issuer included.
        let strict = if key_props == P256K { "-partial_chain" } else { "-x509_strict" };
        openssl(&["verify", strict, "-check_ss_sig", "-attime", at, "-CAfile", path, path], b"");
        assert!(openssl(&["x509", "-noout", "-text"], pem.as_bytes()).contains(bits), "{key_props}");
        openssl(&["req", "-inform", "DER", "-verify", "-noout"], &request);
        let own = openssl(&["x509", "-noout", "-pubkey"], pem.as_bytes());
        assert_eq!(own, openssl(&["req", "-inform", "DER", "-noout", "-pubkey"], &request), "{key_props}");
    }
}

/// certificates.md section 5.2: serial, dates, the order of RDNs and of extensions, SANs of all five kinds.
#[tokio::test]
async fn the_certificate_is_the_one_azure_would_issue() {
    let policy = r#"{"policy":{"key_props":{"kty":"EC"},"x509_props":{"subject":"CN=a, OU=one, OU=two, O=\"x, y\", C=US, DC=corp, DC=example","validity_months":18,"key_usage":["digitalSignature","keyCertSign"],"sans":{"dns_names":["a.example"],"emails":["a@example.com"],"upns":["u@example.com"],"uris":["https://example.com"],"ipAddresses":["::1","10.0.0.1"]}},"issuer":{"name":"Self"}}}"#;
    let (certificate, _, found) = issue(policy).await;
    let read =
        |options: &[&str]| openssl(&[&["x509", "-inform", "DER", "-noout"], options].concat(), &certificate);
    assert_eq!(
        read(&["-subject", "-nameopt", "RFC2253"]).trim(),
        r"subject=CN=a,OU=one,OU=two,O=x\, y,C=US,DC=corp,DC=example"
    );
    assert_eq!(read(&["-dates"]), "notBefore=Jan 31 11:50:00 2027 GMT\nnotAfter=Jul 31 12:00:00 2028 GMT\n");
    assert_eq!(found["attributes"]["exp"], 1_848_657_600);
    let serial = read(&["-serial"]).trim().strip_prefix("serial=").unwrap().to_owned();
    let serial = format!("{serial:0>32}");
    assert_eq!(&serial[12..13], "4", "a UUID of version 4: {serial}");
    assert!("89AB".contains(&serial[16..17]), "{serial}");
    let text = read(&["-text"]);
    let order = [
        "X509v3 Key Usage: critical",
        "X509v3 Basic Constraints: \n",
        "X509v3 Extended Key Usage: \n",
        "X509v3 Subject Alternative Name: \n",
        "X509v3 Authority Key Identifier: \n",
        "X509v3 Subject Key Identifier: \n",
    ];
    let places: Vec<usize> =
        order.iter().map(|line| text.find(line).unwrap_or_else(|| panic!("{line}: {text}"))).collect();
    assert!(places.is_sorted(), "{text}");
    assert!(
        text.contains("email:a@example.com, othername: UPN::u@example.com, DNS:a.example, URI:https://example.com/, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.1"),
        "{text}"
    );
    let thumbprint = read(&["-fingerprint", "-sha1"]).trim().rsplit('=').next().unwrap().replace(':', "");
    let x5t =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(found["x5t"].as_str().unwrap()).unwrap();
    assert_eq!(thumbprint, x5t.iter().map(|byte| format!("{byte:02X}")).collect::<String>());
}
