import com.azure.core.util.polling.SyncPoller;
import com.azure.identity.DefaultAzureCredential;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.security.keyvault.certificates.CertificateClient;
import com.azure.security.keyvault.certificates.CertificateClientBuilder;
import com.azure.security.keyvault.certificates.models.CertificateContentType;
import com.azure.security.keyvault.certificates.models.CertificateKeyCurveName;
import com.azure.security.keyvault.certificates.models.CertificateKeyType;
import com.azure.security.keyvault.certificates.models.CertificateOperation;
import com.azure.security.keyvault.certificates.models.CertificatePolicy;
import com.azure.security.keyvault.certificates.models.KeyVaultCertificateWithPolicy;
import com.azure.security.keyvault.certificates.models.SubjectAlternativeNames;
import com.azure.security.keyvault.secrets.SecretClient;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate of every key type in both forms of its secret, judged by java.security, keytool and a TLS handshake.
 * Nothing here knows of an emulator.
 */
public final class Witness {
    private static final String HOST = "witness.example";
    private static final char[] NO_PASSWORD = new char[0];
    private static final List<String> KINDS =
        List.of("RSA-2048", "RSA-3072", "RSA-4096", "P-256", "P-384", "P-521", "P-256K");

    private final CertificateClient certificates;
    private final SecretClient secrets;

    private Witness() {
        String url = "https://" + System.getenv("KEY_VAULT_NAME") + ".vault.azure.net";
        DefaultAzureCredential credential = new DefaultAzureCredentialBuilder().build();
        certificates = new CertificateClientBuilder().vaultUrl(url).credential(credential).buildClient();
        secrets = new SecretClientBuilder().vaultUrl(url).credential(credential).buildClient();
    }

    public static void main(String[] arguments) throws Exception {
        Witness witness = new Witness();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Callable<String>> cases = KINDS.stream()
            .flatMap(kind -> List.of(CertificateContentType.PKCS12, CertificateContentType.PEM).stream()
                .<Callable<String>>map(form -> () -> witness.judge(kind, form)))
            .toList();
        for (Future<String> told : threads.invokeAll(cases)) {
            System.out.println(told.get());
        }
        // The SDK's threads would keep the process for some seconds.
        System.exit(0);
    }

    private String judge(String kind, CertificateContentType form) throws Exception {
        String name = kind + (form == CertificateContentType.PEM ? "-pem" : "-p12");
        KeyVaultCertificateWithPolicy created = create(name, kind, form);
        String value = secrets.getSecret(name).getValue();
        if (kind.equals("P-256K")) {
            // The JDK has had no secp256k1 since 16, and says so; openssl judges it (python/witness.py).
            try {
                read(created.getCer()).getPublicKey();
            } catch (CertificateParsingException unknown) {
                return name + ": not judged, java.security knows no P-256K";
            }
            throw new AssertionError("java.security was expected not to know the curve");
        }
        KeyStore store = form == CertificateContentType.PEM ? pem(value) : pkcs12(name, value);
        String alias = store.aliases().nextElement();
        X509Certificate leaf = (X509Certificate) store.getCertificate(alias);
        check(Arrays.equals(leaf.getEncoded(), created.getCer()), name + ": the secret holds another certificate");
        leaf.verify(leaf.getPublicKey());
        leaf.checkValidity();
        return name + ": " + leaf.getSigAlgName() + ", " + handshake(store, leaf);
    }

    private KeyVaultCertificateWithPolicy create(String name, String kind, CertificateContentType form) {
        CertificatePolicy policy = new CertificatePolicy("Self", "CN=" + HOST,
            new SubjectAlternativeNames().setDnsNames(List.of(HOST))).setContentType(form);
        if (kind.startsWith("RSA")) {
            policy.setKeyType(CertificateKeyType.RSA).setKeySize(Integer.valueOf(kind.substring(4)));
        } else {
            policy.setKeyType(CertificateKeyType.EC).setKeyCurveName(CertificateKeyCurveName.fromString(kind));
        }
        SyncPoller<CertificateOperation, KeyVaultCertificateWithPolicy> creation =
            certificates.beginCreateCertificate(name, policy);
        creation.setPollInterval(Duration.ofMillis(100)).waitForCompletion(Duration.ofMinutes(1));
        return creation.getFinalResult();
    }

    /** Opened by java.security and listed by keytool, which both want a password and take an empty one. */
    private static KeyStore pkcs12(String name, String value) throws Exception {
        byte[] pfx = Base64.getDecoder().decode(value);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(pfx), NO_PASSWORD);
        check(store.size() == 1, name + ": " + store.size() + " entries");
        Path file = Files.createTempFile(name, ".p12");
        try {
            Files.write(file, pfx);
            String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
            Process listing = new ProcessBuilder(keytool, "-J-Duser.language=en", "-list", "-storetype", "PKCS12",
                "-storepass", "", "-keystore", file.toString()).redirectErrorStream(true).start();
            String listed = new String(listing.getInputStream().readAllBytes());
            byte[] leaf = store.getCertificate(store.aliases().nextElement()).getEncoded();
            String fingerprint = HexFormat.ofDelimiter(":").withUpperCase()
                .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(leaf));
            check(listing.waitFor() == 0 && listed.contains("PrivateKeyEntry") && listed.contains(fingerprint),
                name + ": keytool: " + listed);
        } finally {
            Files.delete(file);
        }
        return store;
    }

    /** The key first, then the certificates. */
    private static KeyStore pem(String value) throws Exception {
        String begin = "-----BEGIN PRIVATE KEY-----";
        String end = "-----END PRIVATE KEY-----";
        check(value.startsWith(begin), "the key does not come first");
        int border = value.indexOf(end);
        byte[] pkcs8 = Base64.getMimeDecoder().decode(value.substring(begin.length(), border));
        byte[] rest = value.substring(border + end.length()).getBytes();
        Certificate[] chain = CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(rest)).toArray(Certificate[]::new);
        String algorithm = chain[0].getPublicKey().getAlgorithm();
        PrivateKey key = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setKeyEntry("pem", key, NO_PASSWORD, chain);
        return store;
    }

    /** Serves TLS with the certificate to a client that trusts it alone and checks the host's name. */
    private static String handshake(KeyStore own, X509Certificate leaf) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, NO_PASSWORD);
        SSLContext server = SSLContext.getInstance("TLS");
        server.init(keys.getKeyManagers(), null, null);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, NO_PASSWORD);
        trusted.setCertificateEntry("leaf", leaf);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, trust.getTrustManagers(), null);

        InetAddress loopback = InetAddress.getLoopbackAddress();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (SSLServerSocket listening =
            (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 1, loopback)) {
            Future<Integer> served = thread.submit(() -> {
                try (Socket accepted = listening.accept()) {
                    accepted.getOutputStream().write(42);
                    return accepted.getInputStream().read();
                }
            });
            Socket plain = new Socket(loopback, listening.getLocalPort());
            try (SSLSocket socket =
                (SSLSocket) client.getSocketFactory().createSocket(plain, HOST, listening.getLocalPort(), true)) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                check(socket.getInputStream().read() == 42, "the server sent something else");
                socket.getOutputStream().write(43);
                check(served.get(10, TimeUnit.SECONDS) == 43, "the client sent something else");
                return socket.getSession().getProtocol();
            }
        } finally {
            thread.shutdownNow();
        }
    }

    private static X509Certificate read(byte[] der) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(der));
    }

    /** Not {@code assert}, which is off unless a flag of the virtual machine says otherwise. */
    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
