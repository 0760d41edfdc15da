// `rtcount health` against a fake server.

import assert from "node:assert/strict";
import { askHealth, describeHealth, type HealthOptions } from "../../lib/cli/health.ts";
import { UsageError } from "../../lib/cli/command_line.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { systemClock } from "../../lib/async/clock.ts";
import { settle } from "../fakes/settle.ts";

const HASH = `$2y$10$${"a".repeat(53)}`;

interface Asked {
  readonly ok: boolean;
  readonly line: string;
}

async function ask(
  http: string | undefined,
  { files = {}, ...options }: Partial<HealthOptions> & { files?: Readonly<Record<string, string>> } = {},
): Promise<Asked> {
  const config = http === undefined ? undefined : parseConfig(`source: {synthetic: {}}\nhttp: ${http}\n`);
  let line = "";
  const ok = await askHealth(
    { http: config?.http, url: undefined, login: undefined, ca: undefined, clock: systemClock, ...options },
    {
      stdout: (text) => line += text,
      readTextFile: (path) =>
        path in files ? Promise.resolve(files[path]) : Promise.reject(new Deno.errors.PermissionDenied()),
      confine(needs) {
        assert.deepEqual(needs, { read: [], write: [] });
        return { reading: [], writing: [], remaining: [] };
      },
    },
  );
  return { ok, line };
}

/** Answers 200 to `/healthz` with that login, if one is wanted, and 401 without. */
function startDaemon(wanted?: string) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (new URL(request.url).pathname !== "/healthz") return new Response(null, { status: 404 });
    const isAllowed = wanted === undefined ||
      request.headers.get("authorization") === `Basic ${btoa(wanted)}`;
    return new Response(isAllowed ? "ok" : "log in", { status: isAllowed ? 200 : 401 });
  });
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("askHealth() asks the configured address, on loopback where it listens on all", async () => {
  await using daemon = startDaemon();
  const url = `http://127.0.0.1:${daemon.port}`;
  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    assert.deepEqual(await ask(`{listen: '${host}:${daemon.port}'}`), { ok: true, line: `${url}: ok\n` });
  }
  assert.deepEqual(await ask(undefined, { url: `${url}/` }), { ok: true, line: `${url}: ok\n` });
  const elsewhere = await ask("{listen: '127.0.0.1:1'}", { url });
  assert.deepEqual(elsewhere, { ok: true, line: `${url}: ok\n` });
});

Deno.test("askHealth() gives the login of the configuration, if its file can be read and holds a password", async () => {
  await using daemon = startDaemon("me:secret");
  const http = `{listen: '127.0.0.1:${daemon.port}', basic_auth: {username: me, password_file: p}}`;
  const refused = /asks for a login: --login-file names a file/;
  const table: readonly (readonly [what: string, Parameters<typeof ask>[1], RegExp])[] = [
    ["a password", { files: { p: "secret\n" } }, /: ok\n$/],
    ["a wrong password", { files: { p: "other\n" } }, refused],
    ["a hash", { files: { p: `${HASH}\n` } }, refused],
    ["a hash, and a login", { files: { p: HASH }, login: "me:secret" }, /: ok\n$/],
    ["a file of others", {}, refused],
    ["a file of others, and a login", { login: "me:secret" }, /: ok\n$/],
    ["an address with a login", { url: `http://me:secret@127.0.0.1:${daemon.port}` }, /: ok\n$/],
  ];
  for (const [what, options, expected] of table) {
    const { ok, line } = await ask(http, options);
    assert.match(line, expected, what);
    assert.equal(ok, expected !== refused, what);
    assert.doesNotMatch(line, /secret|\n./, what);
  }
});

Deno.test("askHealth() needs an address", async () => {
  await assert.rejects(ask("{listen: '127.0.0.1:0'}"), UsageError);
});

Deno.test("askHealth() waits 5 s for an answer", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new ManualClock();
  const url = `http://127.0.0.1:${silent.addr.port}`;
  const asked = ask(undefined, { url, clock });
  const connection = await silent.accept();
  await settle();
  await clock.advance(5_000);
  assert.deepEqual(await asked, { ok: false, line: `${url}: no answer within 5 s\n` });
  connection.close();
});

Deno.test("describeHealth() says it on one line", () => {
  const answer = (status: number, text: string) => describeHealth({ kind: "answer", status, text });
  const table: readonly (readonly [string, string])[] = [
    [answer(200, "ok"), "ok"],
    [answer(503, '{"error": "no turn for 31 s"}\n'), "503: no turn for 31 s"],
    [answer(404, "<html>\n\x1b[2J"), "404: <html>\\n\\x1b[2J"],
    [answer(500, "x".repeat(10_000)), `500: ${"x".repeat(200)}`],
    [
      describeHealth({ kind: "failure", failure: "refused", reason: "connection refused" }),
      "connection refused",
    ],
  ];
  for (const [line, expected] of table) assert.equal(line, expected);
});
