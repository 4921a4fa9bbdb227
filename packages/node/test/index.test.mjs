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
  const asked = await akv.requests({ operation: "CertificateCreate", status: 202 });
  assert.deepEqual(asked.map((request) => request.path), ["/certificates/web/create"]);
  assert.ok((await akv.journal()).length > asked.length);
  await assert.rejects(akv.journal({ kind: "letter" }), /letter/);
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

test("faults are taken back", async () => {
  const client = certificates();
  await created(client);
  await akv.fault({ do: { answer: { status: 403 } } });
  await assert.rejects(client.getCertificate("web"), { statusCode: 403 });
  await akv.clearFaults();
  await client.getCertificate("web");
});

test("a clock that was set and frozen stands", async () => {
  await akv.setClock("2040-01-01");
  assert.ok((await akv.freeze()).frozen);
  const { createdOn } = (await created(certificates())).properties;
  assert.equal(createdOn.toISOString(), "2040-01-01T00:00:00.000Z");
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
