// Secrets and keys through @azure/keyvault-secrets and @azure/keyvault-keys: create, rotate, sign there and verify here,
// encrypt here and decrypt there, page, delete, recover, purge. Nothing here knows of an emulator.

import assert from "node:assert/strict";
import { constants, createHash, createPublicKey, publicEncrypt, verify } from "node:crypto";
import { DefaultAzureCredential } from "@azure/identity";
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { SecretClient } from "@azure/keyvault-secrets";

const url = `https://${process.env.KEY_VAULT_NAME}.vault.azure.net`;
const credential = new DefaultAzureCredential();

async function pages(items) {
  const sizes = [];
  for await (const page of items.byPage()) {
    sizes.push(page.length);
  }
  return sizes;
}

async function secrets() {
  const client = new SecretClient(url, credential);
  const first = await client.setSecret("s", "one", { contentType: "text", tags: { a: "b" } });
  await client.setSecret("s", "two");
  assert.equal((await client.getSecret("s")).value, "two");
  assert.equal((await client.getSecret("s", { version: first.properties.version })).value, "one");
  await client.updateSecretProperties("s", first.properties.version, { enabled: false });
  await assert.rejects(client.getSecret("s", { version: first.properties.version }), {
    statusCode: 403,
    message: "Operation get is not allowed on a disabled secret.",
  });
  const backup = await client.backupSecret("s");
  await (await client.beginDeleteSecret("s")).pollUntilDone();
  await assert.rejects(client.setSecret("s", "three"), { statusCode: 409, code: "Conflict" });
  await (await client.beginRecoverDeletedSecret("s")).pollUntilDone();
  await (await client.beginDeleteSecret("s")).pollUntilDone();
  await client.purgeDeletedSecret("s");
  await assert.rejects(client.getDeletedSecret("s"), { statusCode: 404, code: "SecretNotFound" });
  assert.equal((await client.restoreSecretBackup(backup)).name, "s");
  for (let number = 0; number < 59; number++) {
    await client.setSecret(`page${number}`, `${number}`);
  }
  assert.deepEqual(await pages(client.listPropertiesOfSecrets()), [25, 25, 10]);
  console.log("secrets: ok");
}

async function keys() {
  const client = new KeyClient(url, credential);
  const made = await client.createRsaKey("k", { keySize: 2048 });
  await client.updateKeyRotationPolicy("k", {
    expiresIn: "P90D",
    lifetimeActions: [{ action: "Rotate", timeAfterCreate: "P30D" }],
  });
  const key = await client.rotateKey("k");
  assert.notEqual(key.id, made.id);
  const life = key.properties.expiresOn.getTime() - key.properties.createdOn.getTime();
  assert.equal(life, 90 * 86_400_000);

  const jwk = { kty: "RSA", n: Buffer.from(key.key.n).toString("base64url"), e: Buffer.from(key.key.e).toString("base64url") };
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  const remote = new CryptographyClient(key, credential);
  const local = new CryptographyClient(key.key);
  const digest = createHash("sha256").update("a text").digest();
  const { result: signature } = await remote.sign("RS256", digest);
  assert.ok(verify("sha256", Buffer.from("a text"), publicKey, signature));
  assert.ok((await remote.verify("RS256", digest, signature)).result);
  assert.ok((await local.verifyData("RS256", Buffer.from("a text"), signature)).result);
  const sealed = await local.encrypt({ algorithm: "RSA-OAEP", plaintext: Buffer.from("a text") });
  const opened = await remote.decrypt({ algorithm: "RSA-OAEP", ciphertext: sealed.result });
  assert.equal(Buffer.from(opened.result).toString(), "a text");
  const wrapped = publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
    digest,
  );
  assert.deepEqual(Buffer.from((await remote.unwrapKey("RSA-OAEP-256", wrapped)).result), digest);

  for (let number = 0; number < 59; number++) {
    await client.createEcKey(`page${number}`);
  }
  assert.deepEqual(await pages(client.listPropertiesOfKeys()), [25, 25, 10]);
  await (await client.beginDeleteKey("k")).pollUntilDone();
  await (await client.beginRecoverDeletedKey("k")).pollUntilDone();
  await (await client.beginDeleteKey("k")).pollUntilDone();
  await client.purgeDeletedKey("k");
  await assert.rejects(client.getDeletedKey("k"), { statusCode: 404, code: "KeyNotFound" });
  console.log("keys: ok");
}

await secrets();
await keys();
