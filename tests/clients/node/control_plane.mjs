// Vaults through @azure/arm-keyvault: made, governed, listed, deleted, recovered, purged; and what that means at the vault.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { KeyVaultManagementClient } from "@azure/arm-keyvault";
import { ResourceManagementClient } from "@azure/arm-resources";
import { ClientSecretCredential } from "@azure/identity";
import { CertificateClient, DefaultCertificatePolicy } from "@azure/keyvault-certificates";

const tenantId = process.env.AKV_TENANT ?? "4b1d0a5e-6f0c-4c1e-9d7a-6b0e11a277c3";
const subscription = process.env.AKV_SUBSCRIPTION;
const owner = new ClientSecretCredential(tenantId, "7d6f3a52-0b5e-4b52-9b0e-3d2c8a1f4e60", "secret");
const guest = new ClientSecretCredential(tenantId, "7d6f3a52-0b5e-4b52-9b0e-3d2c8a1f4e61", "secret");
const keyvault = new KeyVaultManagementClient(owner, subscription);
const resources = new ResourceManagementClient(owner, subscription);
const group = `group-${randomUUID().slice(0, 8)}`;
const name = `v${randomUUID().replaceAll("-", "").slice(0, 12)}`;
const vault = (properties) => ({
  location: "eastus",
  properties: {
    tenantId,
    sku: { family: "A", name: "standard" },
    accessPolicies: [],
    enableRbacAuthorization: false,
    ...properties,
  },
});

await resources.resourceGroups.createOrUpdate(group, { location: "eastus" });
const made = await keyvault.vaults.createOrUpdate(group, name, vault());
assert.equal(made.properties.vaultUri, `https://${name}.vault.azure.net/`);
console.log(`made ${made.id}`);

// Nobody is let in, and the refusal says who asked.
const certificates = new CertificateClient(made.properties.vaultUri, guest);
const refusal = await certificates.beginCreateCertificate("c", DefaultCertificatePolicy).then(
  () => assert.fail("it was let in"),
  (error) => error,
);
assert.equal(refusal.statusCode, 403);
assert.match(refusal.message, /does not have certificates create permission on key vault/);
const objectId = /oid=([0-9a-f-]{36})/.exec(refusal.message)[1];

// A policy lets in for what it names.
const accessPolicies = [{ tenantId, objectId, permissions: { certificates: ["create", "get"] } }];
await keyvault.vaults.updateAccessPolicy(group, name, "add", { properties: { accessPolicies } });
const created = await (await certificates.beginCreateCertificate("c", DefaultCertificatePolicy)).pollUntilDone();
assert.equal(created.name, "c");
await assert.rejects(certificates.beginDeleteCertificate("c"), { statusCode: 403 });
console.log(`let ${objectId} create, and not delete`);

const listed = [];
for await (const found of keyvault.vaults.listByResourceGroup(group)) {
  listed.push(found.name);
}
assert.deepEqual(listed, [name]);

// Deleted, its name is taken; recovered, its objects are there.
await keyvault.vaults.delete(group, name);
await assert.rejects(keyvault.vaults.createOrUpdate(group, name, vault()), { statusCode: 409, code: "ConflictError" });
await keyvault.vaults.createOrUpdate(group, name, vault({ createMode: "recover" }));
assert.equal((await certificates.getCertificate("c")).properties.version, created.properties.version);
console.log(`recovered ${name}`);

await resources.resourceGroups.beginDeleteAndWait(group);
assert.equal((await resources.resourceGroups.checkExistence(group)).body, false);
await keyvault.vaults.purgeDeleted(name, "eastus");
await assert.rejects(keyvault.vaults.getDeleted(name, "eastus"), { statusCode: 404 });
console.log(`purged ${name}`);
