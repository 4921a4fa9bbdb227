//! What the authority issues, as OpenSSL and other readers see it. It must not open a socket.

use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::time::Duration;

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-24T12:00:00Z").unwrap()
}

const DAY: Duration = Duration::from_hours(24);

/// Runs openssl; `None` where it is not installed.
fn openssl(args: &[&str]) -> Option<(bool, String)> {
    let output = Command::new("openssl").args(args).stdin(Stdio::null()).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

#[test]
fn a_leaf_passes_the_strict_checks_of_openssl() {
    let ca = CertificateAuthority::generate(now()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ca.pem"), ca.pem()).unwrap();
    for (host, san) in [
        ("contoso.vault.azure.net", "DNS:contoso.vault.azure.net\n"),
        ("127.0.0.1", "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1\n"),
    ] {
        let leaf = ca.leaf(host, now()).unwrap();
        assert_eq!(leaf.cert.len(), 2, "leaf and root are sent");
        std::fs::write(dir.path().join("leaf.pem"), trust::pem(&leaf.cert[0])).unwrap();
        let root = dir.path().join("ca.pem");
        let file = dir.path().join("leaf.pem");
        let (root, file) = (root.to_str().unwrap(), file.to_str().unwrap());
        let at = now().seconds().to_string();
        let verify =
            ["verify", "-x509_strict", "-purpose", "sslserver", "-attime", &at, "-CAfile", root, file];
        let Some((good, text)) = openssl(&verify) else { return };
        assert!(good, "{host}: {text}");
        let (_, text) = openssl(&["x509", "-in", file, "-noout", "-text"]).unwrap();
        for part in [san, "CA:FALSE", "TLS Web Server Authentication", "Authority Key Identifier"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn a_leaf_is_kept_until_a_month_before_its_end() {
    let ca = CertificateAuthority::generate(now()).unwrap();
    let first = ca.leaf("a.vault.azure.net", now()).unwrap();
    let same = ca.leaf("A.vault.azure.net", now() + DAY * 365).unwrap();
    let next = ca.leaf("a.vault.azure.net", now() + DAY * 367).unwrap();
    assert!(Arc::ptr_eq(&first, &same));
    assert!(!Arc::ptr_eq(&first, &next));
}

#[test]
fn all_names_of_this_machine_share_a_leaf() {
    let ca = CertificateAuthority::generate(now()).unwrap();
    let first = ca.leaf("localhost", now()).unwrap();
    assert!(Arc::ptr_eq(&first, &ca.leaf("127.0.0.1", now()).unwrap()));
}

#[test]
fn a_flood_of_names_does_not_grow_the_cache_without_end() {
    let ca = CertificateAuthority::generate(now()).unwrap();
    for index in 0..1100 {
        ca.leaf(&format!("v{index}.vault.azure.net"), now()).unwrap();
    }
    assert!(format!("{ca:?}").contains("CertificateAuthority"));
    assert!(ca.cached_leaves() <= 1024);
}

#[test]
fn an_authority_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/data");
    let first = CertificateAuthority::load_or_create(&path, now()).unwrap();
    std::fs::remove_file(path.join("ca.pem")).unwrap();
    let second = CertificateAuthority::load_or_create(&path, now() + DAY).unwrap();
    assert_eq!(first.certificate(), second.certificate());
    assert_eq!(first.expires(), second.expires());
    assert_eq!(std::fs::read_to_string(path.join("ca.pem")).unwrap(), first.pem());
}

#[test]
fn processes_that_start_at_once_agree_on_one_authority() {
    let dir = tempfile::tempdir().unwrap();
    let start = Barrier::new(4);
    let roots: Vec<_> = std::thread::scope(|scope| {
        let run = || {
            start.wait();
            CertificateAuthority::load_or_create(dir.path(), now()).unwrap().certificate().clone()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(roots.iter().all(|root| *root == roots[0]));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "no temporary file is left");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    CertificateAuthority::load_or_create(dir.path(), now()).unwrap();
    let mode = std::fs::metadata(dir.path().join("ca-key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_unusable_authority_is_named_with_the_mend() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca-key.pem");
    let one = CertificateAuthority::generate(now()).unwrap();
    let other = CertificateAuthority::generate(now()).unwrap();
    let old = CertificateAuthority::generate(now() - DAY * 3700).unwrap();
    for (text, reason) in [
        (String::new(), "no private key"),
        ("rubbish".to_owned(), "no private key"),
        (one.key_pem(), "no certificate"),
        (one.key_pem() + &other.pem(), "another key"),
        (old.key_pem() + &old.pem(), "expired at 2026-"),
    ] {
        std::fs::write(&path, &text).unwrap();
        let error = CertificateAuthority::load_or_create(dir.path(), now()).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains("ca-key.pem"), "{error}");
        assert!(error.contains("--data-dir") && !error.contains('\n'), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "it is left as it was");
    }
}

#[test]
fn certificates_of_somebody_elses_are_left_alone() {
    let stranger = rcgen::generate_simple_self_signed(["stranger".to_owned()]).unwrap().cert.pem();
    for name in ["ca.pem", "ca-bundle.pem"] {
        for text in [stranger.as_str(), "rubbish"] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            let written = CertificateAuthority::load_or_create(dir.path(), now())
                .and_then(|authority| authority.ensure_trust_files(dir.path()));
            let error = written.unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("--data-dir") && !error.contains('\n'), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "it is left as it was");
        }
    }
}

#[test]
fn trust_files_are_written_once_and_again_for_another_authority() {
    let dir = tempfile::tempdir().unwrap();
    let ca = CertificateAuthority::generate(now()).unwrap();
    assert!(ca.ensure_trust_files(dir.path()).unwrap());
    assert!(!ca.ensure_trust_files(dir.path()).unwrap());
    std::fs::remove_file(dir.path().join("truststore.p12")).unwrap();
    assert!(ca.ensure_trust_files(dir.path()).unwrap());
    let other = CertificateAuthority::generate(now()).unwrap();
    assert!(other.ensure_trust_files(dir.path()).unwrap());
    let bundle = std::fs::read_to_string(dir.path().join("ca-bundle.pem")).unwrap();
    assert!(bundle.starts_with(&other.pem()) && !bundle.contains(&ca.pem()));
}

#[test]
fn the_trust_store_holds_every_root_as_a_trusted_entry() {
    let ca = CertificateAuthority::generate(now()).unwrap();
    let root = CertificateAuthority::generate(now()).unwrap().certificate().clone();
    let store = ca.trust_store(std::slice::from_ref(&root)).unwrap();
    let archive = p12_keystore::Pkcs12Archive::from_pkcs12(&store, TRUST_STORE_PASSWORD).unwrap();
    assert!(archive.certs.iter().all(|bag| bag.trusted));
    let found: Vec<_> = archive.certs.iter().map(|bag| bag.cert.as_der()).collect();
    assert!(found.contains(&ca.certificate().as_ref()) && found.contains(&root.as_ref()));
}

#[test]
fn pem_is_the_textbook_form() {
    let text = trust::pem(&[0; 60]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [27, 64, 16, 25]);
}
