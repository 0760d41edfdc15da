// TLS and basic auth as curl sees them, and the configurations with which the program refuses to start.

import assert from "node:assert/strict";
import { join } from "node:path";
import bcrypt from "bcryptjs";
import { freePorts } from "../machine/free_ports.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { missingPrograms } from "../machine/machine.ts";
import { newerRuntimeTest } from "./newer_runtime_only.ts";
import { RtcountDaemon, RtcountProcess, runRtcount } from "./rtcount_process.ts";
import { withFile } from "./with_file.ts";

const ignore = missingPrograms("openssl", "curl").length > 0;
const PASSWORD = "open-sesame-4711";
const HASH = bcrypt.hashSync(PASSWORD, 10);

interface Answer {
  readonly exitCode: number;
  readonly status: number;
  /** Head and body. */
  readonly text: string;
}

async function curl(...args: string[]): Promise<Answer> {
  const { code, stdout } = await new Deno.Command("curl", {
    args: ["--silent", "--include", "--max-time", "20", ...args],
  }).output();
  const text = new TextDecoder().decode(stdout);
  return { exitCode: code, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

newerRuntimeTest({
  name: "rtcount run with http.tls and http.basic_auth answers curl with the password, and nobody without",
  ignore,
  async fn(t) {
    await using authority = await CertificateAuthority.make("rtcount-test");
    const { certificateFile, keyFile } = await authority.issue("localhost", { names: "IP:127.0.0.1" });
    for (const [kind, text] of [["the password", PASSWORD], ["its hash", HASH.replace("$2b$", "$2y$")]]) {
      await t.step(`a file with ${kind}`, () =>
        withFile(`${text}\n`, async (passwordFile) => {
          const [port] = freePorts(1);
          const config = {
            source: { synthetic: {} },
            http: {
              listen: `127.0.0.1:${port}`,
              tls: { cert_file: certificateFile, key_file: keyFile },
              basic_auth: { username: "prometheus", password_file: passwordFile },
            },
          };
          await withFile(JSON.stringify(config), async (configFile) => {
            await using rtcount = new RtcountProcess(["run", "--config", configFile]);
            const url = `https://127.0.0.1:${port}`;
            const get = (path: string, ...args: string[]) =>
              curl("--cacert", authority.file, ...args, url + path);
            await rtcount.waitFor("an answer", async () => (await get("/healthz")).exitCode === 0);
            for (const path of ["/", "/metrics", "/healthz", "/readyz", "/api/v1/stream", "/nowhere"]) {
              const { status, text } = await get(path);
              assert.equal(status, 401, path);
              assert.match(text, /^WWW-Authenticate: Basic realm="rtcount", charset="UTF-8"\r$/m);
            }
            assert.equal((await get("/metrics", "--user", "prometheus:wrong")).status, 401);
            assert.equal((await get("/metrics", "--user", `admin:${PASSWORD}`)).status, 401);
            assert.equal((await get("/metrics", "--user", `prometheus:${PASSWORD}`)).status, 200);
            const { text: status } = await get("/api/v1/status", "--user", `prometheus:${PASSWORD}`);
            assert.match(status, /"password_file"/);
            const plain = await curl(`http://127.0.0.1:${port}/metrics`);
            assert.notEqual(plain.exitCode, 0);
            assert.doesNotMatch(plain.text, /rtcount_/);
            const shown = (await runRtcount(["config", "show", configFile])).stdout;
            for (const said of [rtcount.stderr, status, shown]) {
              assert.ok(said.length > 0);
              for (const secret of [PASSWORD, HASH.slice(7)]) assert.ok(!said.includes(secret), said);
            }
          });
        }));
    }
  },
});

Deno.test({
  name: "rtcount run refuses wrong TLS and password files, says which and why, and ends with 78",
  ignore,
  async fn(t) {
    await using authority = await CertificateAuthority.make("rtcount-test");
    const folder = await Deno.makeTempDir({ prefix: "rtcount-door-" });
    const file = async (name: string, text: string) => {
      await Deno.writeTextFile(join(folder, name), text);
      return join(folder, name);
    };
    const names = "IP:127.0.0.1";
    const good = await authority.issue("good", { names });
    const other = await authority.issue("other", { names });
    const tls = (cert_file: string | null, key_file: string | null) => ({ tls: { cert_file, key_file } });
    const auth = (username: string | null, password_file: string | null) => ({
      basic_auth: { username, password_file },
    });
    const table: readonly (readonly [name: string, http: object, message: RegExp])[] = [
      [
        "no key",
        tls(good.certificateFile, null),
        /http\.tls\.cert_file: needs key_file, wanted both/,
      ],
      [
        "no certificate",
        tls(null, good.keyFile),
        /http\.tls\.key_file: needs cert_file, wanted both/,
      ],
      ["no such file", tls("/nowhere.pem", good.keyFile), /http\.tls\.cert_file: cannot be read/],
      [
        "a key for a certificate",
        tls(good.keyFile, good.keyFile),
        /http\.tls\.cert_file: .* holds no certificate/,
      ],
      [
        "another key",
        tls(good.certificateFile, other.keyFile),
        /http\.tls\.key_file: .* is not the key of the first/,
      ],
      ["no password", auth("u", null), /http\.basic_auth\.username: needs password_file/],
      [
        "no user",
        auth(null, await file("p", "p")),
        /http\.basic_auth\.password_file: needs username/,
      ],
      [
        "a colon",
        auth("u:v", await file("p", "p")),
        /http\.basic_auth\.username: is "u:v", wanted a user name/,
      ],
      ["an empty file", auth("u", await file("e", "\n")), /http\.basic_auth\.password_file: .* is empty/],
      [
        "two lines",
        auth("u", await file("2", "a\nb\n")),
        /http\.basic_auth\.password_file: .* more than one line/,
      ],
      ["a hash of MD5", auth("u", await file("m", "$apr1$ab$cd")), /a hash of another kind, wanted bcrypt/],
      ["a line of htpasswd", auth("u", await file("h", `u:${HASH}`)), /holds a name before the hash/],
      ["half a hash", auth("u", await file("b", HASH.slice(0, 40))), /a damaged bcrypt hash/],
      ["a costly hash", auth("u", await file("c", HASH.replace("$10$", "$20$"))), /cost 20, wanted 4 to 14/],
    ];
    for (const [name, http, message] of table) {
      await t.step(
        name,
        () =>
          withFile(JSON.stringify({ source: { synthetic: {} }, http }), async (configFile) => {
            const run = await runRtcount(["run", "--config", configFile]);
            assert.equal(run.status, 78, run.stderr);
            assert.match(run.stderr, message);
            assert.doesNotMatch(run.stderr, /apr1|\$ab|PRIVATE KEY/);
            assert.ok(!run.stderr.includes(HASH.slice(7, 20)), run.stderr);
            assert.equal((await runRtcount(["config", "check", configFile])).status, 78);
          }),
      );
    }
    await Deno.remove(folder, { recursive: true });
  },
});

newerRuntimeTest({
  name: "rtcount run starts with a certificate that has expired or is not valid yet, and warns of it",
  ignore,
  async fn() {
    await using authority = await CertificateAuthority.make("rtcount-test");
    const names = "IP:127.0.0.1";
    const past = { names, from: "20200101000000Z", to: "20200102000000Z" };
    const coming = { names, from: "20900101000000Z", to: "20900102000000Z" };
    const rows = [
      [await authority.issue("expired", past), /http\.tls\.cert_file: .* expired at 2020-01-02T00:00:00/],
      [await authority.issue("future", coming), /http\.tls\.cert_file: .* is not valid before 2090-01-01T/],
    ] as const;
    for (const [{ certificateFile, keyFile }, warning] of rows) {
      const [port] = freePorts(1);
      const http = { listen: `127.0.0.1:${port}`, tls: { cert_file: certificateFile, key_file: keyFile } };
      await withFile(JSON.stringify({ source: { synthetic: {} }, http }), async (configFile) => {
        await using rtcount = new RtcountProcess(["run", "--config", configFile]);
        const url = `https://127.0.0.1:${port}/healthz`;
        await rtcount.waitFor("an answer", async () => (await curl("--insecure", url)).status === 200);
        await rtcount.waitForLine(warning);
        const checked = await runRtcount(["config", "check", configFile]);
        assert.deepEqual([checked.status, checked.stdout], [0, `${configFile}: ok\n`]);
        assert.match(checked.stderr, warning);
      });
    }
  },
});

newerRuntimeTest({
  name: "rtcount run answers over HTTP again after its file descriptors have run out",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using daemon = new RtcountDaemon({ source: { synthetic: {} }, output: { console: false } });
    await daemon.waitFor("an answer", async () => (await daemon.get("/healthz"))?.status === 200);
    const files = [...Deno.readDirSync(`/proc/${daemon.pid}/fd`)].length;
    const limit = ["--pid", `${daemon.pid}`, `--nofile=${files + 20}:`];
    assert.ok((await new Deno.Command("prlimit", { args: limit }).output()).success);
    const { hostname, port } = new URL(daemon.url);
    const connect = () => Deno.connect({ hostname, port: Number(port) });
    const conns = await Promise.all(Array.from({ length: 100 }, connect));
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const isAnswered = async () => {
      const options = { client, signal: AbortSignal.timeout(1000) };
      const response = await fetch(`${daemon.url}/healthz`, options).catch(() => undefined);
      return await response?.text() === "ok";
    };
    await daemon.waitFor("no answer", async () => !await isAnswered());
    for (const conn of conns) conn.close();
    await daemon.waitFor("an answer", isAnswered);
  },
});
