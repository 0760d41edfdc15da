// The login and the certificates of a schema registry, from the configuration to the connection.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { loadConfig } from "../../lib/config/load.ts";
import { RegistryClient } from "../../lib/registry/registry_client.ts";
import { registrySettings } from "../../lib/settings/schema_settings.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { type Certificate, CertificateAuthority } from "../machine/kafka/certificates.ts";
import { missingPrograms } from "../machine/machine.ts";

const ignore = missingPrograms("openssl").length > 0;

/** A client of the registry that these keys of `records.schema_registry` name. */
async function clientOf(schema_registry: Readonly<Record<string, string>>): Promise<RegistryClient> {
  const text = JSON.stringify({
    source: { kafka: { brokers: ["127.0.0.1:1"], topics: ["t"] } },
    records: { format: "avro", schema_registry },
    words: { from: "key" },
  });
  const settings = registrySettings(await loadConfig({ text, readTextFile: Deno.readTextFile }));
  const { signal } = new AbortController();
  // A slow machine meets no time limit.
  const clock = new ManualClock();
  return new RegistryClient({ ...settings ?? assert.fail("no registry"), clock, signal });
}

async function ask(client: RegistryClient): Promise<string> {
  const outcome = await client.schema(1);
  return outcome.kind === "failure" ? outcome.reason : JSON.stringify(outcome);
}

/** A registry that has any schema. */
async function startRegistry(
  { certificateFile, keyFile }: Certificate,
  options: { readonly clientsOf?: CertificateAuthority } = {},
) {
  const [cert, key] = [certificateFile, keyFile].map((file) => Deno.readTextFileSync(file));
  const { clientsOf } = options;
  const clients = clientsOf === undefined
    ? {}
    : { ca: Deno.readTextFileSync(clientsOf.file), requestCert: true, rejectUnauthorized: true };
  const logins: (string | undefined)[] = [];
  const server = createServer({ cert, key, ...clients }, ({ headers }, response) => {
    logins.push(headers.authorization);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ schema: '"int"' }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logins,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

const FOUND = '{"kind":"schema","type":"AVRO","schema":{"text":"\\"int\\"","references":[]}}';

Deno.test({
  name: "registrySettings() trusts the authority of ca_file alone, and says what does not fit",
  ignore,
  async fn() {
    await using ours = await CertificateAuthority.make("ours");
    await using other = await CertificateAuthority.make("other");
    await using registry = await startRegistry(await ours.issue("registry", { names: "IP:127.0.0.1" }));
    await using misnamed = await startRegistry(await ours.issue("misnamed", { names: "DNS:other.example" }));
    const { url } = registry;
    assert.equal(await ask(await clientOf({ url, ca_file: ours.file })), FOUND);
    const remedy =
      "records.schema_registry.ca_file names the certificate (PEM) of an authority of your own: " +
      "see authority, names and dates of its certificate with openssl s_client -showcerts";
    const rows: Readonly<Record<string, string>>[] = [
      { url },
      { url, ca_file: other.file },
      { url: misnamed.url, ca_file: ours.file },
    ];
    for (const keys of rows) {
      const reason = await ask(await clientOf(keys));
      assert.match(reason, /certificate/);
      assert.ok(reason.startsWith(`${keys.url}: `) && reason.endsWith(remedy), reason);
    }
    assert.deepEqual([registry.logins, misnamed.logins], [[undefined], []]);
  },
});

Deno.test({
  name: "registrySettings() shows the certificate of the client to a registry that wants one",
  ignore,
  async fn() {
    await using ours = await CertificateAuthority.make("ours");
    await using other = await CertificateAuthority.make("other");
    const certificate = await ours.issue("registry", { names: "IP:127.0.0.1" });
    await using registry = await startRegistry(certificate, { clientsOf: ours });
    const { url } = registry;
    const [good, foreign] = await Promise.all(
      [ours, other].map((authority) => authority.issue("client", { names: "DNS:client" })),
    );
    const keysOf = ({ certificateFile, keyFile }: Certificate) => (
      { url, ca_file: ours.file, cert_file: certificateFile, key_file: keyFile }
    );
    assert.equal(await ask(await clientOf(keysOf(good))), FOUND);
    for (const keys of [{ url, ca_file: ours.file }, keysOf(foreign)]) {
      const reason = await ask(await clientOf(keys));
      assert.ok(reason.startsWith(`${url}: `), reason);
      assert.notEqual(reason, FOUND);
    }
    assert.equal(registry.logins.length, 1);
  },
});

Deno.test({
  name: "registrySettings() reads the token at each request, and says why it cannot be read",
  ignore,
  async fn() {
    await using ours = await CertificateAuthority.make("ours");
    await using registry = await startRegistry(await ours.issue("registry", { names: "IP:127.0.0.1" }));
    const { url, logins } = registry;
    const folder = await Deno.makeTempDir({ prefix: "rtcount-registry-" });
    try {
      const [token, password] = ["token", "password"].map((name) => join(folder, name));
      for (const [path, text] of [[token, "t-1"], [password, "pass:word"]]) {
        await Deno.writeTextFile(path, `${text}\n`, { mode: 0o600 });
      }
      assert.equal(
        await ask(await clientOf({ url, ca_file: ours.file, username: "käthe", password_file: password })),
        FOUND,
      );
      const client = await clientOf({ url, ca_file: ours.file, token_file: token });
      await ask(client);
      await Deno.writeTextFile(token, "t-2");
      await ask(client);
      const basic = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode("käthe:pass:word")))}`;
      assert.deepEqual(logins, [basic, "Bearer t-1", "Bearer t-2"]);
      await Deno.remove(token);
      assert.match(
        await ask(client),
        /^https:\S+: cannot read the token in \S+: No such [^:]*: [^:]*: see the program that renews it, or correct /,
      );
      assert.equal(logins.length, 3);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
