// A certificate's life through @azure/keyvault-certificates: create, get, list, delete, recover, purge.
// Nothing here knows of an emulator: the same file runs against Azure.

import assert from "node:assert/strict";
import { DefaultAzureCredential } from "@azure/identity";
import { CertificateClient, DefaultCertificatePolicy } from "@azure/keyvault-certificates";

const name = "quickstart-node";
const client = new CertificateClient(
  `https://${process.env.KEY_VAULT_NAME}.vault.azure.net`,
  new DefaultAzureCredential(),
);

const creation = await client.beginCreateCertificate(name, DefaultCertificatePolicy);
const created = await creation.pollUntilDone();
console.log(`created ${created.name}, version ${created.properties.version}`);

const found = await client.getCertificate(name);
assert.equal(found.properties.version, created.properties.version);
assert.deepEqual(found.cer, created.cer);
assert.equal(found.policy.subject, DefaultCertificatePolicy.subject);

const names = [];
for await (const properties of client.listPropertiesOfCertificates()) {
  names.push(properties.name);
}
assert.deepEqual(names, [name]);

const deletion = await client.beginDeleteCertificate(name);
const deleted = await deletion.pollUntilDone();
console.log(`deleted ${deleted.name}, to be purged on ${deleted.scheduledPurgeDate.toISOString().slice(0, 10)}`);

await assert.rejects(
  client.beginCreateCertificate(name, DefaultCertificatePolicy),
  (error) => {
    assert.equal(error.name, "RestError");
    assert.equal(error.statusCode, 409);
    assert.equal(error.code, "Conflict");
    assert.equal(
      error.message,
      `Certificate ${name} is currently in a deleted but recoverable state, and its name cannot be reused; ` +
        "in this state, the certificate can only be recovered or purged.",
    );
    return true;
  },
);

const recovery = await client.beginRecoverDeletedCertificate(name);
const recovered = await recovery.pollUntilDone();
assert.equal(recovered.properties.version, created.properties.version);
console.log(`recovered ${recovered.name}`);

await (await client.beginDeleteCertificate(name)).pollUntilDone();
await client.purgeDeletedCertificate(name);
await assert.rejects(client.getDeletedCertificate(name), { statusCode: 404, code: "CertificateNotFound" });
console.log(`purged ${name}`);
