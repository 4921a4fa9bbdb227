// Opens the vault by one credential of @azure/identity and prints whom its token names.
// Nothing here knows of an emulator: what a credential needs comes from the environment.

import {
  AzureCliCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
import { CertificateClient } from "@azure/keyvault-certificates";

const { KEY_VAULT_NAME, AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH } =
  process.env;

const credentials = {
  DefaultAzureCredential: () => new DefaultAzureCredential(),
  ManagedIdentityCredential: () => new ManagedIdentityCredential(),
  "ManagedIdentityCredential, user-assigned": () => new ManagedIdentityCredential({ clientId: AZURE_CLIENT_ID }),
  WorkloadIdentityCredential: () => new WorkloadIdentityCredential(),
  ClientSecretCredential: () => new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET),
  ClientCertificateCredential: () =>
    new ClientCertificateCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH),
  AzureCliCredential: () => new AzureCliCredential({ processTimeoutInMs: 60_000 }),
};

const credential = credentials[process.argv[2]]();
const client = new CertificateClient(`https://${KEY_VAULT_NAME}.vault.azure.net`, credential);
for await (const _ of client.listPropertiesOfCertificates()) {
  // That it may be read at all is what is asked.
}
const { token } = await credential.getToken("https://vault.azure.net/.default");
console.log(JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString()).oid);
