import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.AzureCliCredentialBuilder;
import com.azure.identity.ClientCertificateCredentialBuilder;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import com.azure.security.keyvault.certificates.CertificateClientBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens the vault by one credential of azure-identity and prints whom its token names. Nothing here knows of an emulator:
 * what a credential needs comes from the environment.
 */
public final class Credential {
    private static final String TENANT = System.getenv("AZURE_TENANT_ID");
    private static final String CLIENT = System.getenv("AZURE_CLIENT_ID");

    private Credential() {
    }

    public static void main(String[] arguments) {
        TokenCredential credential = choose(arguments[0]);
        new CertificateClientBuilder()
            .vaultUrl("https://" + System.getenv("KEY_VAULT_NAME") + ".vault.azure.net")
            .credential(credential)
            .buildClient()
            .listPropertiesOfCertificates()
            .forEach(properties -> { });
        TokenRequestContext request = new TokenRequestContext().addScopes("https://vault.azure.net/.default");
        String token = credential.getToken(request).block(Duration.ofMinutes(1)).getToken();
        String claims = new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8);
        Matcher oid = Pattern.compile("\"oid\":\"([^\"]*)\"").matcher(claims);
        if (!oid.find()) {
            throw new IllegalStateException("the token names nobody");
        }
        System.out.println(oid.group(1));
        // The SDK's threads would keep the process for some seconds.
        System.exit(0);
    }

    private static TokenCredential choose(String name) {
        return switch (name) {
            case "DefaultAzureCredential" -> new DefaultAzureCredentialBuilder().build();
            case "ManagedIdentityCredential" -> new ManagedIdentityCredentialBuilder().build();
            case "ManagedIdentityCredential, user-assigned" ->
                new ManagedIdentityCredentialBuilder().clientId(CLIENT).build();
            case "WorkloadIdentityCredential" -> new WorkloadIdentityCredentialBuilder().build();
            case "ClientSecretCredential" -> new ClientSecretCredentialBuilder()
                .tenantId(TENANT)
                .clientId(CLIENT)
                .clientSecret(System.getenv("AZURE_CLIENT_SECRET"))
                .build();
            case "ClientCertificateCredential" -> new ClientCertificateCredentialBuilder()
                .tenantId(TENANT)
                .clientId(CLIENT)
                .pemCertificate(System.getenv("AZURE_CLIENT_CERTIFICATE_PATH"))
                .build();
            case "AzureCliCredential" -> new AzureCliCredentialBuilder().processTimeout(Duration.ofMinutes(1)).build();
            default -> throw new IllegalArgumentException("there is no " + name);
        };
    }
}
