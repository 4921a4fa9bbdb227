//! The outside world: openssl, which issues, packs and checks without the emulator's help.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

/// Every type of key that a certificate may have, as `key_props`, and what openssl calls its size.
pub(crate) const KEY_TYPES: [(&str, &str); 7] = [
    (r#"{"kty":"RSA","key_size":2048}"#, "(2048 bit)"),
    (r#"{"kty":"RSA","key_size":3072}"#, "(3072 bit)"),
    (r#"{"kty":"RSA","key_size":4096}"#, "(4096 bit)"),
    (r#"{"kty":"EC","crv":"P-256"}"#, "(256 bit)"),
    (r#"{"kty":"EC","crv":"P-384"}"#, "(384 bit)"),
    (r#"{"kty":"EC","crv":"P-521"}"#, "(521 bit)"),
    (P256K, "(256 bit)"),
];

/// The one curve that certificates spell out, as Azure does.
pub(crate) const P256K: &str = r#"{"kty":"EC","crv":"P-256K"}"#;

/// Runs openssl and gives what it printed.
pub(crate) fn openssl(arguments: &[&str], input: &[u8]) -> String {
    String::from_utf8(openssl_bytes(arguments, input)).unwrap()
}

/// The same for output that is no text.
pub(crate) fn openssl_bytes(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl is the witness");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A certificate authority of two steps, in a folder of its own.
pub(crate) struct Authority {
    folder: TempDir,
}

impl Authority {
    /// A root and an intermediate.
    pub(crate) fn new() -> Self {
        let authority = Self { folder: tempfile::tempdir().unwrap() };
        authority.write("ca.cnf", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n");
        authority.write("leaf.cnf", "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:web.example,IP:10.0.0.1\n");
        authority.key("root");
        authority.issue("root", "/CN=Root", "root", "ca.cnf");
        authority.key("middle");
        authority.issue("middle", "/CN=Middle", "root", "ca.cnf");
        authority
    }

    /// The same with a key and a certificate `leaf`, issued by the intermediate.
    pub(crate) fn with_leaf() -> Self {
        let authority = Self::new();
        authority.key("leaf");
        authority.issue("leaf", "/C=US/ST=WA/O=Contoso/CN=web.example", "middle", "leaf.cnf");
        authority
    }

    /// `leaf` with its key and its chain as PKCS#12, in base64.
    pub(crate) fn pack(&self, password: &str, more: &[&str]) -> String {
        self.write("chain.pem", self.read("root.pem") + &self.read("middle.pem"));
        let [key, leaf, chain] = ["leaf.key", "leaf.pem", "chain.pem"].map(|name| self.text(name));
        let password = format!("pass:{password}");
        let own =
            ["pkcs12", "-export", "-inkey", &key, "-in", &leaf, "-certfile", &chain, "-passout", &password];
        STANDARD.encode(openssl_bytes(&[&own[..], more].concat(), b""))
    }

    /// A file's path.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file's path as an argument.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A file's contents.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Puts a file there.
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Path {
        std::fs::write(self.path(name), contents).unwrap();
        self.folder.path()
    }

    /// An EC key in `NAME.key`, PKCS#8.
    pub(crate) fn key(&self, name: &str) {
        self.key_of(name, &["EC", "ec_paramgen_curve:P-256"]);
    }

    /// A key of that algorithm and with those options in `NAME.key`, PKCS#8.
    pub(crate) fn key_of(&self, name: &str, kind: &[&str]) {
        let out = self.text(&format!("{name}.key"));
        let mut arguments = vec!["genpkey", "-out", &out, "-algorithm", kind[0]];
        kind[1..].iter().for_each(|option| arguments.extend(["-pkeyopt", option]));
        openssl(&arguments, b"");
    }

    /// A certificate in `NAME.pem` for `NAME.key`.
    pub(crate) fn issue(&self, name: &str, subject: &str, issuer: &str, extensions: &str) {
        let request = openssl_bytes(
            &["req", "-new", "-key", &self.text(&format!("{name}.key")), "-subj", subject],
            b"",
        );
        self.sign(name, &request, issuer, extensions);
    }

    /// A certificate in `NAME.pem` for a request in PEM.
    pub(crate) fn sign(&self, name: &str, request: &[u8], issuer: &str, extensions: &str) {
        let (key, certificate) = (self.text(&format!("{issuer}.key")), self.text(&format!("{issuer}.pem")));
        let (extensions, out) = (self.text(extensions), self.text(&format!("{name}.pem")));
        let mut arguments = vec!["x509", "-req", "-days", "3650", "-extfile", &extensions, "-out", &out];
        if name == issuer {
            arguments.extend(["-key", &key]);
        } else {
            arguments.extend(["-CA", &certificate, "-CAkey", &key, "-CAcreateserial"]);
        }
        openssl(&arguments, request);
    }

    /// The DER of `NAME.pem`.
    pub(crate) fn der(&self, name: &str) -> Vec<u8> {
        openssl_bytes(&["x509", "-in", &self.text(&format!("{name}.pem")), "-outform", "DER"], b"")
    }
}
