import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_TARGET_BYTES } from "../../lib/http/head_check.ts";
import { MAX_CONNECTIONS } from "../../lib/http/request_handler.ts";
import { type HttpView, MAX_GZIPPED_CHARACTERS } from "../../lib/http/routes.ts";
import { type HttpServer, MAX_HEAD_BYTES, startHttpServer } from "../../lib/http/server.ts";
import { fakeView } from "../fakes/fake_view.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";
import { WHOLE_RUNS } from "../whole_runs.ts";

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const VIEW = fakeView({
  metrics: (format) => Promise.resolve({ contentType: METRICS_TYPE, body: `m{format="${format}"} 1\n` }),
  topJson: (k) => `{"k":${k ?? '"default"'}}`,
  word: (word) => ({ kind: "found", json: JSON.stringify({ word }) }),
  status: () => Promise.resolve({ version: "1.2.3" }),
});

interface Running {
  readonly server: HttpServer;
  readonly clock: ManualClock;
  readonly logged: string[];
}

/** Runs `body` against a server of its own, and stops that. */
async function withServer(
  body: (running: Running) => Promise<void>,
  view: Partial<HttpView> = {},
): Promise<void> {
  const clock = new ManualClock();
  const logged: string[] = [];
  const note = (message: string, fields?: Record<string, unknown>) =>
    logged.push(`${message} ${fields?.error ?? ""}`);
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    view: { ...VIEW, ...view },
    log: { warn: note, error: note },
    clock,
  });
  try {
    await body({ server, clock, logged });
  } finally {
    await server.stop();
  }
}

async function connect(server: HttpServer): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(server.url).port) });
}

/** All that comes until the server ends the connection, be it by a reset. */
async function readAll(conn: Deno.Conn): Promise<string> {
  const chunks: string[] = [];
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
      chunks.push(decoder.decode(buffer.slice(0, count)));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  return chunks.join("");
}

/** Lets time pass until the promise is settled; each step lets the server act. */
async function pass<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  promise.finally(() => isSettled = true).catch(() => {});
  while (!isSettled) {
    clock.advance(50);
    await settle();
  }
  return await promise;
}

/** Sends raw bytes and reads so many whole answers, then lets time pass until the server ends the connection. */
async function exchangeInTime(
  { server, clock }: Running,
  { request, answers }: { readonly request: Uint8Array; readonly answers: number },
): Promise<string> {
  const conn = await connect(server);
  let text = "";
  const buffer = new Uint8Array(64 * 1024);
  await conn.write(request);
  await conn.closeWrite();
  while (countAnswers(text) < answers) {
    const count = await conn.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count));
  }
  text += await pass(clock, readAll(conn));
  conn.close();
  return text;
}

/** The whole answers in a text. */
function countAnswers(text: string): number {
  const head = /^HTTP\/1\.1 [^]*?^Content-Length: (\d+)\r\n[^]*?\r\n\r\n/im.exec(text);
  if (head === null) return 0;
  const end = head.index + head[0].length + Number(head[1]);
  return end > text.length ? 0 : 1 + countAnswers(text.slice(end));
}

/** Sends raw bytes and reads to the end. */
async function exchange(server: HttpServer, bytes: Uint8Array | string): Promise<string> {
  const conn = await connect(server);
  try {
    await conn.write(typeof bytes === "string" ? encoder.encode(bytes) : bytes);
    await conn.closeWrite();
    return await readAll(conn);
  } finally {
    conn.close();
  }
}

async function get(
  url: string,
  init?: RequestInit,
): Promise<{ status: number; type: string | null; body: string }> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

Deno.test("startHttpServer() answers by path", async (t) => {
  const error = (message: string) => `${JSON.stringify({ error: message })}\n`;
  const nothing = error("there is nothing at this path");
  const badK = (k: string) => error(`k is ${JSON.stringify(k)}, wanted a whole number from 1 to 1000`);
  const table: readonly (readonly [target: string, status: number, type: string, body: string])[] = [
    ["/metrics", 200, METRICS_TYPE, 'm{format="text"} 1\n'],
    ["/metrics?x=1", 200, METRICS_TYPE, 'm{format="text"} 1\n'],
    ["/%6detrics", 200, METRICS_TYPE, 'm{format="text"} 1\n'],
    ["/", 200, METRICS_TYPE, 'm{format="text"} 1\n'],
    ["/healthz", 200, "text/plain; charset=utf-8", "ok"],
    ["/readyz", 200, "text/plain; charset=utf-8", "ok"],
    ["/api/v1/top", 200, JSON_TYPE, '{"k":"default"}\n'],
    ["/api/v1/top?k=1", 200, JSON_TYPE, '{"k":1}\n'],
    ["/api/v1/top?other=&k=1000", 200, JSON_TYPE, '{"k":1000}\n'],
    ["/api/v1/top?k=0", 400, JSON_TYPE, badK("0")],
    ["/api/v1/top?k=1001", 400, JSON_TYPE, badK("1001")],
    ["/api/v1/top?k=", 400, JSON_TYPE, badK("")],
    ["/api/v1/top?k=-1", 400, JSON_TYPE, badK("-1")],
    ["/api/v1/top?k=1.5", 400, JSON_TYPE, badK("1.5")],
    ["/api/v1/top?k=1e2", 400, JSON_TYPE, badK("1e2")],
    ["/api/v1/top?k=%zz", 400, JSON_TYPE, badK("%zz")],
    ["/api/v1/top?k=1&k=2", 400, JSON_TYPE, badK("1,2")],
    ["/api/v1/status", 200, JSON_TYPE, '{"version":"1.2.3"}\n'],
    ["/metrics/", 404, JSON_TYPE, nothing],
    ["//metrics", 404, JSON_TYPE, nothing],
    ["//", 404, JSON_TYPE, nothing],
    ["/METRICS", 404, JSON_TYPE, nothing],
    ["/api/v1/", 404, JSON_TYPE, nothing],
    ["/__proto__", 404, JSON_TYPE, nothing],
    ["/%E0%A4%A", 400, JSON_TYPE, error("the path is not percent-encoded UTF-8")],
    ["/%FF", 400, JSON_TYPE, error("the path is not percent-encoded UTF-8")],
  ];
  await withServer(async ({ server, logged }) => {
    for (const [target, status, type, body] of table) {
      await t.step(target, async () => {
        assert.deepEqual(await get(`${server.url}${target}`), { status, type, body });
      });
    }
    assert.deepEqual(logged, []);
  });
});

Deno.test("startHttpServer() says why it is not healthy, not ready, or has no window", async () => {
  await withServer(async ({ server }) => {
    const answers = await Promise.all(
      ["/healthz", "/readyz", "/api/v1/top"].map((path) => get(server.url + path)),
    );
    assert.deepEqual(answers, [
      { status: 503, type: JSON_TYPE, body: '{"error":"the loop stands still"}\n' },
      { status: 503, type: JSON_TYPE, body: '{"error":"connecting to 127.0.0.1:9092"}\n' },
      { status: 404, type: JSON_TYPE, body: '{"error":"no window has closed yet"}\n' },
    ]);
  }, {
    health: () => ({ ok: false, reason: "the loop stands still" }),
    ready: () => ({ ready: false, reason: "connecting to 127.0.0.1:9092" }),
    topJson: () => undefined,
  });
});

Deno.test("startHttpServer() hands the Accept header on", async () => {
  await withServer(async ({ server }) => {
    const { body } = await get(`${server.url}/metrics`, {
      headers: { Accept: "application/openmetrics-text" },
    });
    assert.equal(body, 'm{format="openmetrics"} 1\n');
  });
});

Deno.test("startHttpServer() compresses metrics of a moderate size for clients that take gzip", async () => {
  for (const length of [100_000, MAX_GZIPPED_CHARACTERS + 1]) {
    const body = "m 1\n".repeat(length / 4 + 1);
    await withServer(async ({ server }) => {
      const response = await fetch(`${server.url}/metrics`, { headers: { "Accept-Encoding": "gzip" } });
      assert.equal(response.headers.get("vary"), "Accept, Accept-Encoding");
      assert.equal(await response.text(), body);
      const request = (encoding: string) =>
        `GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: ${encoding}\r\n\r\n`;
      const gzipped = await exchange(server, request("gzip"));
      assert.equal(/^Content-Encoding: gzip\r$/m.test(gzipped), length === 100_000);
      assert.doesNotMatch(await exchange(server, request("gzip;q=0")), /^Content-Encoding/m);
    }, { metrics: () => Promise.resolve({ contentType: METRICS_TYPE, body }) });
  }
});

Deno.test("startHttpServer() forbids storing, guessing, and use by other sites", async () => {
  await withServer(async ({ server }) => {
    for (const path of ["/metrics", "/healthz", "/nowhere"]) {
      const response = await fetch(server.url + path);
      await response.text();
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      assert.equal(response.headers.get("cross-origin-resource-policy"), "same-origin");
    }
  });
});

Deno.test("startHttpServer() answers HEAD as GET, without the body", async () => {
  await withServer(async ({ server }) => {
    const table = [["/metrics", 200], ["/readyz", 200], ["/nowhere", 404], ["/api/v1/top?k=x", 400]] as const;
    for (const [target, status] of table) {
      const ask = async (method: string) =>
        (await exchange(server, `${method} ${target} HTTP/1.0\r\n\r\n`)).replace(/^Date: .*\r\n/m, "");
      const [headText] = (await ask("GET")).split("\r\n\r\n");
      assert.equal(await ask("HEAD"), `${headText}\r\n\r\n`);
      assert.ok(headText.startsWith(`HTTP/1.1 ${status} `), headText);
    }
  });
});

Deno.test("startHttpServer() allows no other method", async () => {
  await withServer(async ({ server }) => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const response = await fetch(`${server.url}/metrics`, { method });
      assert.equal(response.status, 405, method);
      assert.equal(response.headers.get("allow"), "GET, HEAD");
      assert.equal(await response.text(), '{"error":"only GET and HEAD are allowed"}\n');
    }
  });
});

Deno.test("startHttpServer() answers 500 and says so in the log where the view fails", async () => {
  await withServer(async ({ server, logged }) => {
    const { status, body } = await get(`${server.url}/api/v1/status`);
    assert.deepEqual([status, body], [500, '{"error":"internal error"}\n']);
    assert.deepEqual(logged, ["a request failed Error: broken"]);
    assert.equal((await get(`${server.url}/healthz`)).status, 200);
  }, {
    status: () => Promise.reject(new Error("broken")),
  });
});

Deno.test("startHttpServer() refuses what is malformed, and goes on", async (t) => {
  const host = "Host: x\r\n";
  const blanks = " ".repeat(MAX_HEAD_BYTES);
  const table: readonly (readonly [name: string, request: string, status: number, answers?: number])[] = [
    ["garbage", "\x16\x03\x01\x02\0\x01\xfc\r\n\r\n", 400],
    ["no version", "GET /metrics\r\n\r\n", 400],
    ["two blanks", `GET  /metrics HTTP/1.1\r\n${host}\r\n`, 200],
    ["a control character in the target", `GET /\x01 HTTP/1.1\r\n${host}\r\n`, 400],
    ["a target beyond ASCII", `GET /\xe9 HTTP/1.1\r\n${host}\r\n`, 400],
    ["HTTP/2 without an upgrade", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["HTTP/9", `GET / HTTP/9.1\r\n${host}\r\n`, 400],
    ["no Host", "GET /metrics HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", `GET /metrics HTTP/1.1\r\n${host}${host}\r\n`, 400],
    ["a field without a colon", `GET /metrics HTTP/1.1\r\n${host}Accept\r\n\r\n`, 400],
    ["a blank before the colon", `GET /metrics HTTP/1.1\r\n${host}Accept : x\r\n\r\n`, 400],
    ["a folded field", `GET /metrics HTTP/1.1\r\n${host}Accept: x\r\n y\r\n\r\n`, 400],
    ["a NUL in a field", `GET /metrics HTTP/1.1\r\n${host}Accept: \0\r\n\r\n`, 400],
    ["a bare \\r in a field", `GET /metrics HTTP/1.1\r\n${host}Accept: x\rX: y\r\n\r\n`, 400],
    ["a bare \\r in the request line", `GET /metrics\rHTTP/1.1\r\n${host}\r\n`, 400],
    ["a NUL in the target", `GET /\0 HTTP/1.1\r\n${host}\r\n`, 400],
    ["a folded first field", `GET /metrics HTTP/1.1\r\n ${host}\r\n`, 400],
    ["a long target", `GET /${"a".repeat(MAX_TARGET_BYTES)} HTTP/1.1\r\n${host}\r\n`, 414],
    ["a target that does not end", `GET /${"a".repeat(MAX_HEAD_BYTES)}`, 414],
    ["a long field", `GET / HTTP/1.1\r\n${host}X: ${"x".repeat(MAX_HEAD_BYTES)}\r\n\r\n`, 431],
    ["a field of blanks", `GET / HTTP/1.1\r\n${host}X: ${blanks}\r\n\r\n`, 200],
    [
      "a long field after many blanks",
      `GET / HTTP/1.1\r\n${host}X: ${blanks}${"x".repeat(MAX_HEAD_BYTES)}`,
      431,
    ],
    ["many fields", `GET / HTTP/1.1\r\n${host}${"a: b\r\n".repeat(20_000)}\r\n`, 431],
    ["two lengths", `GET / HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, 400],
    ["two lengths in one", `GET / HTTP/1.1\r\n${host}Content-Length: 3, 4\r\n\r\nabc`, 400],
    ["a negative length", `GET / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, 400],
    ["a length with a sign", `GET / HTTP/1.1\r\n${host}Content-Length: +0\r\n\r\n`, 400],
    [
      "a length and chunks",
      `GET / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      "two encodings",
      `GET / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ["two log-ins", `GET / HTTP/1.1\r\n${host}Authorization: Basic YQ==\r\nAuthorization: x\r\n\r\n`, 400],
    [
      "a request in the body of another",
      `GET / HTTP/1.1\r\n${host}Content-Length: 34\r\n\r\nGET /healthz HTTP/1.1\r\n${host}\r\n\r\n`,
      200,
    ],
    [
      "a request behind chunks",
      `GET / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`,
      200,
      2,
    ],
    [
      "a chunk that says it is huge",
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n${
        "x".repeat(300_000)
      }`,
      405,
    ],
    ["a target that is no path", `GET * HTTP/1.1\r\n${host}\r\n`, 404],
    ["CONNECT", `CONNECT example.org:443 HTTP/1.1\r\n${host}\r\n`, 405],
    ["a body", `POST /metrics HTTP/1.1\r\n${host}Content-Length: 1000000000\r\n\r\nabc`, 405],
    ["a body with GET", `GET /metrics HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc`, 200],
    ["chunks with GET", `GET /metrics HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 200],
    ["an absolute target", `GET http://x:1/healthz?a HTTP/1.1\r\n${host}\r\n`, 200],
    ["an absolute target without a path", `GET http://x HTTP/1.1\r\n${host}\r\n`, 200],
    ["an upgrade", `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, 200],
    ["lines that end at \\n alone", "GET /healthz HTTP/1.1\nHost: x\n\n", 400],
  ];
  await withServer(async (running) => {
    const { server, logged } = running;
    for (const [name, text, status, answers = 1] of table) {
      await t.step(name, async () => {
        const request = Uint8Array.from(text, (c) => c.charCodeAt(0));
        const answer = await exchangeInTime(running, { request, answers });
        assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
        assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, answers);
        assert.equal((await get(`${server.url}/healthz`)).status, 200);
      });
    }
    assert.deepEqual(logged, []);
  });
});

Deno.test("startHttpServer() survives any bytes", async () => {
  await withServer(async ({ server, logged }) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const answer = await exchange(server, bytes);
        assert.ok(answer === "" || /^HTTP\/1\.1 400 /.test(answer), answer);
      }),
      WHOLE_RUNS,
    );
    assert.equal((await get(`${server.url}/healthz`)).status, 200);
    assert.deepEqual(logged, []);
  });
});

Deno.test("startHttpServer() answers several requests of one connection, in order", async () => {
  await withServer(async ({ server }) => {
    const request = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const answers = await exchange(
      server,
      request("/nowhere") + request("/api/v1/top?k=2") + last + request("/"),
    );
    assert.deepEqual(answers.match(/HTTP\/1\.1 \d+|\{.*\}|ok$/g), [
      "HTTP/1.1 404",
      '{"error":"there is nothing at this path"}',
      "HTTP/1.1 200",
      '{"k":2}',
      "HTTP/1.1 200",
      "ok",
    ]);
  });
});

Deno.test("startHttpServer() takes a head that comes byte by byte", async () => {
  await withServer(async ({ server }) => {
    const conn = await connect(server);
    conn.setNoDelay();
    for (const byte of encoder.encode("GET /healthz HTTP/1.0\r\n\r\n")) await conn.write(Uint8Array.of(byte));
    assert.match(await readAll(conn), /^HTTP\/1\.1 200 OK\r\n/);
    conn.close();
  });
});

Deno.test("startHttpServer() closes on a client that sends nothing, and tells one that does not finish its head", async () => {
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    view: VIEW,
    log: { warn() {}, error() {} },
    headTimeoutMs: 1_000,
  });
  const silent = await connect(server);
  const slow = await connect(server);
  await slow.write(encoder.encode("GET /metrics HTTP/1.1\r\nHost: x\r\nX-"));
  assert.equal(await readAll(silent), "");
  const told = await readAll(slow);
  assert.match(told, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assert.match(told, /\r\nConnection: close\r\n.*\{"error":"a request must be here within 1 s"\}\n$/s);
  silent.close();
  slow.close();
  await server.stop();
});

Deno.test("startHttpServer() closes on clients that keep a connection and ask for nothing", async (t) => {
  const answered = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
  const table: readonly (readonly [name: string, request: string, waitMs: number])[] = [
    ["line ends after an answer", `${answered}\r\n\r\n\r\n`, 91_000],
    ["a body that does not end", `${answered}Content-Length: 1000\r\n\r\nabc`, 11_000],
    ["chunks that do not end", `${answered}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`, 11_000],
  ];
  for (const [name, request, waitMs] of table) {
    await t.step(name, () =>
      withServer(async ({ server, clock }) => {
        const conn = await connect(server);
        await conn.write(encoder.encode(request));
        let text = "";
        const buffer = new Uint8Array(1024);
        while (!text.endsWith("ok")) {
          text += decoder.decode(buffer.slice(0, await conn.read(buffer) ?? assert.fail(text)));
        }
        clock.advance(waitMs);
        assert.equal(await readAll(conn), "");
        conn.close();
      }));
  }
});

Deno.test("startHttpServer() reads a part of what is no request, and no more", async (t) => {
  const large = 8 * 1024 * 1024;
  const host = "Host: x\r\n";
  const table: readonly (readonly [name: string, bytes: string])[] = [
    ["line ends", "\r\n".repeat(large / 2)],
    ["a field of blanks", `GET / HTTP/1.1\r\n${host}X: ${" ".repeat(large)}`],
    ["a body", `GET / HTTP/1.1\r\n${host}Content-Length: ${large}\r\n\r\n${"x".repeat(large)}`],
    ["garbage", "\0".repeat(large)],
    ["a head", `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(large / 6)}`],
    ["a path", `GET /${"a".repeat(large)}`],
  ];
  for (const [name, bytes] of table) {
    await t.step(name, () =>
      withServer(async ({ server, clock, logged }) => {
        const conn = await connect(server);
        const rest = encoder.encode(bytes);
        let sent = 0;
        const reading = readAll(conn);
        try {
          while (sent < rest.length) {
            sent += await pass(clock, conn.write(rest.subarray(sent, sent + 64 * 1024)));
          }
        } catch (error) {
          assert.ok(
            error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe,
            `${error}`,
          );
        }
        await pass(clock, reading);
        // The kernel holds a part, too.
        assert.ok(sent < rest.length, `${sent} bytes`);
        assert.equal((await get(`${server.url}/healthz`)).status, 200);
        assert.deepEqual(logged, []);
        conn.close();
      }));
  }
});

Deno.test("startHttpServer() gives up on a client that does not read its answer", async () => {
  const body = "x".repeat(16 * 1024 * 1024);
  await withServer(async ({ server, clock }) => {
    const conn = await connect(server);
    await conn.write(encoder.encode("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
    // Its first bytes say that the answer is under way; more than the kernel holds is never asked for.
    assert.ok((await conn.read(new Uint8Array(10)) ?? 0) > 0);
    clock.advance(11_000);
    assert.ok((await readAll(conn)).length < body.length);
    conn.close();
  }, { metrics: () => Promise.resolve({ contentType: METRICS_TYPE, body }) });
});

Deno.test("startHttpServer() keeps no more than MAX_CONNECTIONS; the one that waits longest makes room", async () => {
  await withServer(async ({ server }) => {
    const conns: Deno.TcpConn[] = [];
    for (let i = 0; i < MAX_CONNECTIONS; i++) conns.push(await connect(server));
    // The first one has been answered, and so is no longer the one that waits longest.
    const [first, second] = conns;
    await first.write(encoder.encode("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
    await first.read(new Uint8Array(1024));
    const extra = await connect(server);
    assert.equal(await readAll(second), "");
    for (const conn of [first, extra]) {
      await conn.write(encoder.encode("GET /healthz HTTP/1.0\r\n\r\n"));
      assert.match(await readAll(conn), /^HTTP\/1\.1 200 OK\r\n/);
    }
    for (const conn of [...conns, extra]) conn.close();
  });
});

Deno.test("startHttpServer() makes room at the cost of the address with the most connections", async () => {
  const server = await startHttpServer({ listen: "[::]:0", view: VIEW, log: { warn() {}, error() {} } });
  const { port } = new URL(server.url);
  const from = (hostname: string) => Deno.connect({ hostname, port: Number(port) });
  // The one that has waited longest, and is alone at its address.
  const lone = await from("::1");
  const many: Deno.TcpConn[] = [];
  for (let i = 0; i < MAX_CONNECTIONS; i++) many.push(await from("127.0.0.1"));
  assert.equal(await readAll(many[0]), "");
  await lone.write(encoder.encode("GET /healthz HTTP/1.0\r\n\r\n"));
  assert.match(await readAll(lone), /^HTTP\/1\.1 200 OK\r\n/);
  for (const conn of [lone, ...many]) conn.close();
  await server.stop();
});

Deno.test("startHttpServer() closes the address that fills it with requests, and answers another one", async () => {
  const server = await startHttpServer({ listen: "[::]:0", view: VIEW, log: { warn() {}, error() {} } });
  const { port } = new URL(server.url);
  const flood = encoder.encode("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200));
  const many: Deno.TcpConn[] = [];
  for (let i = 0; i < MAX_CONNECTIONS; i++) {
    many.push(await Deno.connect({ hostname: "127.0.0.1", port: Number(port) }));
  }
  await Promise.all(many.map((conn) => conn.write(flood).catch(() => {})));
  const lone = await Deno.connect({ hostname: "::1", port: Number(port) });
  await lone.write(encoder.encode("GET /healthz HTTP/1.0\r\n\r\n"));
  assert.match(await readAll(lone), /^HTTP\/1\.1 200 OK\r\n/);
  for (const conn of [lone, ...many]) conn.close();
  await server.stop();
});

Deno.test("startHttpServer() answers a flood of requests in one piece, as it is read", async () => {
  await withServer(async ({ server }) => {
    const requests = 500;
    const flood = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(requests) + "GET / HTTP/1.0\r\n\r\n";
    const answers = await exchange(server, flood);
    assert.equal(answers.match(/HTTP\/1\.1 200 OK\r\n/g)?.length, requests + 1);
  });
});

Deno.test("startHttpServer() says nothing of what it runs on", async () => {
  await withServer(async ({ server }) => {
    for (
      const path of ["/healthz", "/nowhere", "/api/v1/status?x", "/../etc/passwd", "/lib/http/server.ts"]
    ) {
      const answer = await exchange(server, `GET ${path} HTTP/1.0\r\n\r\n`);
      assert.doesNotMatch(answer, /deno|rust|node|^server:|^via:|powered|\.ts|\bat .*:\d+/im);
      assert.doesNotMatch(answer, /^access-control/im);
    }
  }, {
    status: () => Promise.reject(new Error(`broken at ${import.meta.url}:1:1`)),
  });
});

Deno.test("startHttpServer() does not close a connection that waits for an answer", async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => release = resolve);
  let begin = () => {};
  const begun = new Promise<void>((resolve) => begin = resolve);
  await withServer(async ({ server }) => {
    const waiting = get(`${server.url}/metrics`);
    await begun;
    const conns: Deno.TcpConn[] = [];
    for (let i = 0; i < MAX_CONNECTIONS; i++) conns.push(await connect(server));
    assert.equal(await readAll(conns[0]), "");
    release();
    assert.equal((await waiting).status, 200);
    for (const conn of conns) conn.close();
  }, {
    metrics: async () => {
      begin();
      await released;
      return { contentType: METRICS_TYPE, body: "" };
    },
  });
});

Deno.test("startHttpServer() goes on after any number of connections", async () => {
  await withServer(async ({ server }) => {
    for (let i = 0; i < 600; i++) (await connect(server)).close();
    assert.equal((await get(`${server.url}/healthz`)).status, 200);
  });
});

Deno.test("HttpServer.stop() ends the connection of a client that does not read its answer", async () => {
  const body = "x".repeat(16 * 1024 * 1024);
  const clock = new ManualClock();
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    view: { ...VIEW, metrics: () => Promise.resolve({ contentType: METRICS_TYPE, body }) },
    log: { warn() {}, error() {} },
    clock,
  });
  const conn = await connect(server);
  await conn.write(encoder.encode("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
  await conn.read(new Uint8Array(10));
  const stopped = server.stop();
  clock.advance(1000);
  await stopped;
  assert.ok((await readAll(conn)).length < body.length);
  conn.close();
});

Deno.test("HttpServer.stop() closes idle connections, and lets none in", async () => {
  const server = await startHttpServer({ listen: "127.0.0.1:0", view: VIEW, log: { warn() {}, error() {} } });
  const idle = await connect(server);
  await get(`${server.url}/healthz`);
  await server.stop();
  assert.equal(await readAll(idle), "");
  idle.close();
  await assert.rejects(connect(server), Deno.errors.ConnectionRefused);
});

Deno.test("startHttpServer() listens on IPv6", async () => {
  const server = await startHttpServer({ listen: "[::1]:0", view: VIEW, log: { warn() {}, error() {} } });
  assert.match(server.url, /^http:\/\/\[::1\]:\d+$/);
  assert.equal((await get(`${server.url}/healthz`)).body, "ok");
  await server.stop();
});

Deno.test("startHttpServer() says that a port is in use", async () => {
  await withServer(async ({ server }) => {
    const listen = new URL(server.url).host;
    await assert.rejects(() => startHttpServer({ listen, view: VIEW, log: { warn() {}, error() {} } }), {
      message: `cannot listen on ${listen}: the port is in use`,
    });
  });
});

Deno.test("startHttpServer() wants HOST:PORT", async () => {
  for (
    const listen of [
      "",
      "8000",
      ":8000",
      "127.0.0.1",
      "127.0.0.1:",
      "::1:8000",
      "[::1]",
      "h:65536",
      "h:x",
      "h/:1",
    ]
  ) {
    await assert.rejects(
      () => startHttpServer({ listen, view: VIEW, log: { warn() {}, error() {} } }),
      RangeError,
      listen,
    );
  }
});
