import com.azure.core.credential.TokenCredential;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.rest.PagedIterable;
import com.azure.core.util.polling.SyncPoller;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.security.keyvault.keys.KeyClient;
import com.azure.security.keyvault.keys.KeyClientBuilder;
import com.azure.security.keyvault.keys.cryptography.CryptographyClient;
import com.azure.security.keyvault.keys.cryptography.CryptographyClientBuilder;
import com.azure.security.keyvault.keys.cryptography.models.EncryptionAlgorithm;
import com.azure.security.keyvault.keys.cryptography.models.SignatureAlgorithm;
import com.azure.security.keyvault.keys.models.CreateRsaKeyOptions;
import com.azure.security.keyvault.keys.models.JsonWebKey;
import com.azure.security.keyvault.keys.models.KeyRotationLifetimeAction;
import com.azure.security.keyvault.keys.models.KeyRotationPolicy;
import com.azure.security.keyvault.keys.models.KeyRotationPolicyAction;
import com.azure.security.keyvault.keys.models.KeyVaultKey;
import com.azure.security.keyvault.secrets.SecretClient;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import com.azure.security.keyvault.secrets.models.KeyVaultSecret;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.crypto.Cipher;

/**
 * Secrets and keys through azure-security-keyvault-secrets and -keys: create, rotate, sign there and verify here, encrypt
 * here and decrypt there, page, delete, recover, purge. Nothing here knows of an emulator.
 */
public final class KeysAndSecrets {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final byte[] TEXT = "a text".getBytes(StandardCharsets.UTF_8);

    private final TokenCredential credential = new DefaultAzureCredentialBuilder().build();
    private final String url = "https://" + System.getenv("KEY_VAULT_NAME") + ".vault.azure.net";
    private final SecretClient secrets =
        new SecretClientBuilder().vaultUrl(url).credential(credential).buildClient();
    private final KeyClient keys = new KeyClientBuilder().vaultUrl(url).credential(credential).buildClient();

    public static void main(String[] arguments) throws Exception {
        KeysAndSecrets run = new KeysAndSecrets();
        run.secrets();
        run.keys();
        run.imported();
        // The SDK's threads would keep the process for some seconds.
        System.exit(0);
    }

    private void secrets() {
        KeyVaultSecret first = secrets.setSecret("s", "one");
        secrets.setSecret("s", "two");
        expect("two", secrets.getSecret("s").getValue());
        expect("one", secrets.getSecret("s", first.getProperties().getVersion()).getValue());
        byte[] backup = secrets.backupSecret("s");
        finish(secrets.beginDeleteSecret("s"));
        expect(409, refused(() -> secrets.setSecret("s", "three")));
        finish(secrets.beginRecoverDeletedSecret("s"));
        finish(secrets.beginDeleteSecret("s"));
        secrets.purgeDeletedSecret("s");
        expect(404, refused(() -> secrets.getDeletedSecret("s")));
        expect("s", secrets.restoreSecretBackup(backup).getName());
        IntStream.range(0, 59).forEach(number -> secrets.setSecret("page" + number, "x"));
        expect(List.of(25, 25, 10), pages(secrets.listPropertiesOfSecrets()));
        System.out.println("secrets: ok");
    }

    private void keys() throws Exception {
        KeyVaultKey made = keys.createRsaKey(new CreateRsaKeyOptions("k").setKeySize(2048));
        keys.updateKeyRotationPolicy("k", new KeyRotationPolicy()
            .setExpiresIn("P90D")
            .setLifetimeActions(List.of(
                new KeyRotationLifetimeAction(KeyRotationPolicyAction.ROTATE).setTimeAfterCreate("P30D"))));
        KeyVaultKey key = keys.rotateKey("k");
        check(!key.getId().equals(made.getId()), "another version");
        expect(key.getProperties().getCreatedOn().plusDays(90), key.getProperties().getExpiresOn());

        CryptographyClient remote = new CryptographyClientBuilder()
            .keyIdentifier(key.getId()).credential(credential).buildClient();
        CryptographyClient local = new CryptographyClientBuilder().jsonWebKey(key.getKey()).buildClient();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(TEXT);
        byte[] signature = remote.sign(SignatureAlgorithm.RS256, digest).getSignature();
        Signature judge = Signature.getInstance("SHA256withRSA");
        judge.initVerify(key.getKey().toRsa().getPublic());
        judge.update(TEXT);
        check(judge.verify(signature), "java.security verifies");
        check(remote.verify(SignatureAlgorithm.RS256, digest, signature).isValid(), "the service verifies");
        byte[] sealed = local.encrypt(EncryptionAlgorithm.RSA_OAEP, TEXT).getCipherText();
        check(Arrays.equals(TEXT, remote.decrypt(EncryptionAlgorithm.RSA_OAEP, sealed).getPlainText()), "decrypted");
        Cipher cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
        cipher.init(Cipher.ENCRYPT_MODE, key.getKey().toRsa().getPublic());
        byte[] old = remote.decrypt(EncryptionAlgorithm.RSA1_5, cipher.doFinal(TEXT)).getPlainText();
        check(Arrays.equals(TEXT, old), "decrypted what javax.crypto encrypted");

        IntStream.range(0, 59).forEach(number ->
            keys.createEcKey(new com.azure.security.keyvault.keys.models.CreateEcKeyOptions("page" + number)));
        expect(List.of(25, 25, 10), pages(keys.listPropertiesOfKeys()));
        finish(keys.beginDeleteKey("k"));
        finish(keys.beginRecoverDeletedKey("k"));
        finish(keys.beginDeleteKey("k"));
        keys.purgeDeletedKey("k");
        expect(404, refused(() -> keys.getDeletedKey("k")));
        System.out.println("keys: ok");
    }

    /** Java writes a zero before a number whose first bit is set. */
    private void imported() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        KeyVaultKey key = keys.importKey("imported", JsonWebKey.fromRsa(pair));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(TEXT);
        byte[] signature = new CryptographyClientBuilder().keyIdentifier(key.getId()).credential(credential).buildClient()
            .sign(SignatureAlgorithm.RS256, digest).getSignature();
        Signature own = Signature.getInstance("SHA256withRSA");
        own.initSign(pair.getPrivate());
        own.update(TEXT);
        check(Arrays.equals(own.sign(), signature), "the same signature as java.security's");
        System.out.println("imported: ok");
    }

    private static void finish(SyncPoller<?, ?> poller) {
        poller.waitForCompletion(LIMIT);
    }

    private static <T> List<Integer> pages(PagedIterable<T> items) {
        return items.streamByPage().map(page -> page.getValue().size()).toList();
    }

    private static int refused(Runnable call) {
        try {
            call.run();
        } catch (HttpResponseException refusal) {
            return refusal.getResponse().getStatusCode();
        }
        throw new AssertionError("it was not refused");
    }

    private static void expect(Object expected, Object found) {
        check(expected.equals(found), "expected " + expected + ", found " + found);
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
