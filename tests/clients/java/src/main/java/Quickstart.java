import com.azure.core.exception.HttpResponseException;
import com.azure.core.util.polling.SyncPoller;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.security.keyvault.certificates.CertificateClient;
import com.azure.security.keyvault.certificates.CertificateClientBuilder;
import com.azure.security.keyvault.certificates.models.CertificateOperation;
import com.azure.security.keyvault.certificates.models.CertificatePolicy;
import com.azure.security.keyvault.certificates.models.CertificateProperties;
import com.azure.security.keyvault.certificates.models.DeletedCertificate;
import com.azure.security.keyvault.certificates.models.KeyVaultCertificateWithPolicy;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A certificate's life through azure-security-keyvault-certificates: create, get, list, delete, recover, purge. Nothing
 * here knows of an emulator: the same program runs against Azure.
 */
public final class Quickstart {
    private static final String NAME = "quickstart-java";
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final CertificateClient client = new CertificateClientBuilder()
        .vaultUrl("https://" + System.getenv("KEY_VAULT_NAME") + ".vault.azure.net")
        .credential(new DefaultAzureCredentialBuilder().build())
        .buildClient();

    public static void main(String[] arguments) {
        new Quickstart().run();
        // The SDK's threads would keep the process for some seconds.
        System.exit(0);
    }

    private void run() {
        KeyVaultCertificateWithPolicy created = create();
        String version = created.getProperties().getVersion();
        System.out.println("created " + created.getName() + ", version " + version);

        KeyVaultCertificateWithPolicy found = client.getCertificate(NAME);
        expect(version, found.getProperties().getVersion());
        expect("CN=DefaultPolicy", found.getPolicy().getSubject());
        check(Arrays.equals(created.getCer(), found.getCer()), "the same certificate was read");
        expect(List.of(NAME),
            client.listPropertiesOfCertificates().stream().map(CertificateProperties::getName).toList());

        LocalDate purge = delete().getScheduledPurgeDate().atZoneSameInstant(ZoneOffset.UTC).toLocalDate();
        System.out.println("deleted " + NAME + ", to be purged on " + purge);

        HttpResponseException taken = refused(this::create);
        expect(409, taken.getResponse().getStatusCode());
        expect("Conflict", error(taken).get("code"));
        expect("Certificate " + NAME + " is currently in a deleted but recoverable state, and its name cannot be reused; "
            + "in this state, the certificate can only be recovered or purged.", error(taken).get("message"));

        SyncPoller<KeyVaultCertificateWithPolicy, Void> recovery = client.beginRecoverDeletedCertificate(NAME);
        recovery.waitForCompletion(LIMIT);
        expect(version, client.getCertificate(NAME).getProperties().getVersion());
        System.out.println("recovered " + NAME);

        delete();
        client.purgeDeletedCertificate(NAME);
        expect(404, refused(() -> client.getDeletedCertificate(NAME)).getResponse().getStatusCode());
        System.out.println("purged " + NAME);
    }

    private KeyVaultCertificateWithPolicy create() {
        SyncPoller<CertificateOperation, KeyVaultCertificateWithPolicy> creation =
            client.beginCreateCertificate(NAME, CertificatePolicy.getDefault());
        creation.waitForCompletion(LIMIT);
        return creation.getFinalResult();
    }

    private DeletedCertificate delete() {
        SyncPoller<DeletedCertificate, Void> deletion = client.beginDeleteCertificate(NAME);
        return deletion.waitForCompletion(LIMIT).getValue();
    }

    private static HttpResponseException refused(Runnable request) {
        try {
            request.run();
        } catch (HttpResponseException refusal) {
            return refusal;
        }
        throw new AssertionError("the request was not refused");
    }

    /** The body's member {@code error}; this SDK hands out the body as the map it read. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> error(HttpResponseException refusal) {
        return ((Map<String, Map<String, Object>>) refusal.getValue()).get("error");
    }

    private static void expect(Object expected, Object actual) {
        check(expected.equals(actual), "expected " + expected + ", got " + actual);
    }

    /** Not {@code assert}, which is off unless a flag of the virtual machine says otherwise. */
    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
