package akv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.security.keyvault.certificates.CertificateClient;
import com.azure.security.keyvault.certificates.CertificateClientBuilder;
import com.azure.security.keyvault.certificates.models.CertificatePolicy;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A stranger's tests: the official SDK, the extension and nothing else. */
@ExtendWith(AkvExtension.class)
class AkvExtensionTest {
    private static CertificateClient certificates(Emulator akv) {
        return new CertificateClientBuilder().vaultUrl(akv.vaultUrl())
            .credential(new DefaultAzureCredentialBuilder().build()).buildClient();
    }

    private static String created(CertificateClient client) {
        var poller = client.beginCreateCertificate("web", CertificatePolicy.getDefault());
        poller.setPollInterval(Duration.ofMillis(10)).waitForCompletion(Duration.ofSeconds(30));
        return version(client);
    }

    private static String version(CertificateClient client) {
        return client.getCertificate("web").getProperties().getVersion();
    }

    @Test
    void eachTestHasAVaultToItself(Emulator akv) {
        created(certificates(akv));
        CertificateClient other = certificates(akv);
        assertThrows(ResourceNotFoundException.class, () -> version(other));
    }

    @Test
    void thirteenMonthsLaterTheCertificateIsAnother(Emulator akv) {
        CertificateClient client = certificates(akv);
        String first = created(client);
        akv.advance("395d");
        assertNotEquals(first, version(client));
    }

    @Test
    void aFaultHappensAsOftenAsItWasAskedTo(Emulator akv) {
        CertificateClient client = certificates(akv);
        String first = created(client);
        akv.fault("{\"on\":{\"operation\":\"CertificateGet\"},\"times\":1,\"do\":{\"answer\":{\"status\":403}}}");
        assertThrows(HttpResponseException.class, () -> version(client));
        assertEquals(first, version(client));
        akv.fault("{\"do\":{\"answer\":{\"status\":403}}}");
        assertThrows(HttpResponseException.class, () -> version(client));
        akv.clearFaults();
        assertEquals(first, version(client));
    }

    @Test
    void aClockThatWasSetAndFrozenStands(Emulator akv) {
        akv.setClock("2040-01-01");
        akv.freeze();
        CertificateClient client = certificates(akv);
        created(client);
        var created = client.getCertificate("web").getProperties().getCreatedOn();
        assertEquals(Instant.parse("2040-01-01T00:00:00Z"), created.toInstant());
    }

    @Test
    void theJournalSaysWhatWasAsked(Emulator akv) {
        assertTrue(akv.journal().contains("\"entries\":[]"), akv.journal());
        created(certificates(akv));
        String asked = akv.journal("operation=CertificateCreate", "status=202");
        assertTrue(asked.contains("\"/certificates/web/create\""), asked);
        assertTrue(akv.journal("kind=mail").contains("\"entries\":[]"), akv.journal());
    }

    @Test
    void nonsenseIsRefusedInWords(Emulator akv) {
        var refused = assertThrows(IllegalArgumentException.class, () -> akv.advance("soon"));
        assertTrue(refused.getMessage().contains("soon"), refused.getMessage());
    }

    @Test
    void oneOfOnesOwnEndsWhenItIsClosed() {
        Emulator own = new Emulator("--timing", "azure");
        assertEquals(own.proxy(), own.env().get("HTTPS_PROXY"));
        own.close();
        assertThrows(UncheckedIOException.class, own::journal);
    }
}
