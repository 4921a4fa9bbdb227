// An Azure Key Vault on your own machine, for tests. Node's own modules suffice.
//
// Node reads its certificate authorities when it starts, so that a test that calls a vault itself has to be started with
// the variables: `akv run -- node --test`, and `attach()` in it. `start()` gives `env` for programs that a test starts.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.AKV ?? "akv";

/** The emulator that `akv run` or `akv env` put into the environment. */
export function attach() {
  const proxy = process.env.HTTPS_PROXY;
  if (!proxy || !process.env.NODE_EXTRA_CA_CERTS) {
    throw new Error("no emulator is in the environment: start the tests with `akv run -- node --test`");
  }
  return new Emulator(proxy);
}

/** An emulator of one's own, with more options for `akv serve` if given: `start("--timing", "azure")`. */
export async function start(...options) {
  const data = mkdtempSync(join(tmpdir(), "akv-"));
  const serve = ["serve", "--port", "0", "--data-dir", data, ...options];
  const child = spawn(binary, serve, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise((resolve) => lines.once("line", resolve));
  const line = await Promise.race([ready, ended]);
  if (typeof line !== "string") {
    rmSync(data, { recursive: true });
    throw new Error(`${binary} ${serve.join(" ")} did not start: ${line}`);
  }
  return new Emulator(JSON.parse(line).proxy, async () => {
    child.kill();
    await ended;
    rmSync(data, { recursive: true });
  });
}

let vaults = 0;

class Emulator {
  #end;

  constructor(proxy, end = async () => {}) {
    /** Where it listens: an HTTP proxy. */
    this.proxy = proxy;
    this.#end = end;
  }

  /** The variables that unmodified programs need, over this process's own: `spawn(program, { env: akv.env })`. */
  get env() {
    const command = ["env", "--port", new URL(this.proxy).port, "--shell", "json"];
    const variables = JSON.parse(execFileSync(binary, command, { encoding: "utf8" }));
    const merged = Object.entries({ ...process.env, ...variables });
    return Object.fromEntries(merged.filter(([, value]) => value !== null));
  }

  /** A vault that nobody else uses. */
  vaultUrl() {
    return `https://test-${process.pid}-${++vaults}.vault.azure.net`;
  }

  /** Moves the vaults' clock: `90d`, `1h`. */
  advance(by) {
    return this.#control("POST", "clock", { advance: by });
  }

  /** Sets the vaults' clock: `2027-01-31`, or RFC 3339. */
  setClock(at) {
    return this.#control("POST", "clock", { set: at });
  }

  /** Lets the vaults' clock stand. */
  freeze() {
    return this.#control("POST", "clock", "freeze");
  }

  /** Lets requests go wrong: `fault({ on: { operation: "SecretGet" }, times: 2, do: { answer: { status: 429 } } })`. */
  fault(fault) {
    return this.#control("POST", "faults", fault);
  }

  /** Takes all faults back. */
  clearFaults() {
    return this.#control("DELETE", "faults");
  }

  /** What happened, oldest first: `journal({ kind: "mail" })`. An entry has `request`, `service` or `mail`. */
  async journal(criteria = {}) {
    return (await this.#control("GET", `journal?${new URLSearchParams(criteria)}`)).entries;
  }

  /** What was asked of the vaults, oldest first: `requests({ operation: "SecretGet", status: 200 })`. */
  async requests(criteria = {}) {
    return (await this.journal({ kind: "request", ...criteria })).map((entry) => entry.request);
  }

  /** Back to the start: its vaults and contents, its faults, an empty journal; and the machine's clock. */
  async reset() {
    await this.#control("POST", "clock", "reset");
    await this.#control("POST", "reset");
  }

  /** Ends it, if it was started here. */
  stop() {
    return this.#end();
  }

  #control(method, path, body) {
    return new Promise((resolve, reject) => {
      const options = { method, signal: AbortSignal.timeout(10_000) };
      const sent = request(`${this.proxy}/akv/${path}`, options, (answer) => {
        const read = answer.toArray().then((chunks) => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode !== 200) throw new Error(text);
          resolve(JSON.parse(text));
        });
        read.catch(reject);
      });
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
