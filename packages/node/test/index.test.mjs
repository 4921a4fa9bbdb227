// A stranger's tests: the official SDK, this package and nothing else. `akv run -- node --test`

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { beforeEach, test } from "node:test";

import { DefaultAzureCredential } from "@azure/identity";
import { CertificateClient, DefaultCertificatePolicy } from "@azure/keyvault-certificates";
import { attach, start } from "akv-emulator";

const akv = attach();
const certificates = () => new CertificateClient(akv.vaultUrl(), new DefaultAzureCredential());

async function created(client) {
  const poller = await client.beginCreateCertificate("web", DefaultCertificatePolicy, { intervalInMs: 10 });
  return poller.pollUntilDone();
}

beforeEach(() => akv.reset());

test("each test has a vault to itself", async () => {
  await created(certificates());
  await assert.rejects(certificates().getCertificate("web"), { statusCode: 404 });
});

test("the journal says what was asked", async () => {
  await created(certificates());
  const requests = (await akv.journal()).map((entry) => entry.request);
  assert.ok(requests.some((request) => request.operation === "CertificateCreate"), JSON.stringify(requests));
});

test("thirteen months later the certificate is another", async () => {
  const client = certificates();
  const first = await created(client);
  await akv.advance("395d");
  assert.notEqual((await client.getCertificate("web")).properties.version, first.properties.version);
});

test("a fault happens as often as it was asked to", async () => {
  const client = certificates();
  await created(client);
  await akv.fault({ on: { operation: "CertificateGet" }, times: 1, do: { answer: { status: 403 } } });
  await assert.rejects(client.getCertificate("web"), { statusCode: 403 });
  await client.getCertificate("web");
});

test("nonsense is refused in words", async () => {
  await assert.rejects(akv.advance("soon"), /soon/);
});

test("one of one's own gives its variables to programs and ends", async () => {
  const own = await start("--timing", "azure");
  assert.notEqual(own.proxy, akv.proxy);
  const program = "process.exit(process.env.HTTPS_PROXY === process.argv[1] ? 0 : 1)";
  assert.equal(spawnSync(process.execPath, ["-e", program, own.proxy], { env: own.env }).status, 0);
  await own.stop();
  await assert.rejects(own.journal(), { code: "ECONNREFUSED" });
});
