import assert from "node:assert/strict";
import { HttpClient, type HttpClientOptions } from "../../lib/check/http_client.ts";
import { freePorts } from "../machine/free_ports.ts";

function client(address: string, options: HttpClientOptions = {}): HttpClient {
  return new HttpClient(address, { ...options, signal: new AbortController().signal });
}

/** Answers with what it was asked. */
function startEcho() {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    const { host, authorization } = Object.fromEntries(request.headers);
    return Response.json({ path: pathname + search, host, authorization }, { status: 418 });
  });
  return { server, host: `127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("HttpClient.get() asks below the address it was given, and shows no password", async () => {
  await using echo = startEcho();
  const asked = client(`http://me:p%40ss@${echo.host}/prometheus/`);
  assert.equal(asked.url, `http://${echo.host}/prometheus`);
  assert.deepEqual(await asked.get("/api?q=1"), {
    kind: "answer",
    status: 418,
    text: JSON.stringify({
      path: "/prometheus/api?q=1",
      host: echo.host,
      authorization: `Basic ${btoa("me:p@ss")}`,
    }),
  });
});

Deno.test("HttpClient.get() sends a token, or the password of the address", async () => {
  await using echo = startEcho();
  const rows = [[`u:p@${echo.host}`, { token: "secret" }], [`u:p@${echo.host}`, {}], [
    echo.host,
    {},
  ]] as const;
  const sent = await Promise.all(rows.map(async ([host, options]) => {
    const outcome = await client(`http://${host}`, options).get("/");
    return outcome.kind === "answer" ? JSON.parse(outcome.text).authorization : outcome;
  }));
  assert.deepEqual(sent, ["Bearer secret", `Basic ${btoa("u:p")}`, undefined]);
});

Deno.test("HttpClient.get() goes through no proxy that the environment names", async () => {
  await using echo = startEcho();
  const names = ["HTTP_PROXY", "http_proxy"];
  const before = names.map((name) => Deno.env.get(name));
  for (const name of names) Deno.env.set(name, "http://127.0.0.1:1");
  try {
    assert.equal((await client(`http://${echo.host}`).get("/")).kind, "answer");
  } finally {
    names.forEach((name, i) => {
      const value = before[i];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    });
  }
});

Deno.test("HttpClient.get() tries each address of a name", async () => {
  await using echo = startEcho();
  assert.equal((await client(`http://localhost:${echo.server.addr.port}`).get("/")).kind, "answer");
});

Deno.test("HttpClient.get() asks at an address of IPv6", async () => {
  await using server = Deno.serve({ hostname: "::1", port: 0, onListen() {} }, ({ headers }) => {
    return new Response(headers.get("host"));
  });
  const host = `[::1]:${server.addr.port}`;
  assert.deepEqual(await client(`http://${host}`).get("/"), { kind: "answer", status: 200, text: host });
});

Deno.test("HttpClient.get() says in plain words why there is no answer", async () => {
  const [free] = freePorts(1);
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const rows: [address: string, failure: string, reason: RegExp][] = [
    [`http://127.0.0.1:${free}`, "refused", /^connection refused$/],
    ["http://nowhere.invalid", "unresolved", /^the host name is not known$/],
    [`http://127.0.0.1:${silent.addr.port}`, "silent", /^no answer within 0\.2 s$/],
  ];
  for (const [address, failure, reason] of rows) {
    const outcome = await client(address, { timeoutMs: 200 }).get("/");
    assert.equal(outcome.kind === "failure" && outcome.failure, failure);
    assert.match(outcome.kind === "failure" ? outcome.reason : "", reason);
  }
});

Deno.test("HttpClient.get() ends when its signal is aborted", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const over = new AbortController();
  const asking = new HttpClient(`http://127.0.0.1:${silent.addr.port}`, { signal: over.signal }).get("/");
  over.abort();
  assert.equal((await asking).kind, "failure");
});

Deno.test("HttpClient.get() does not wait for an answer that trickles on", async () => {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  const body = () =>
    new ReadableStream({
      start(controller) {
        timer = setInterval(() => controller.enqueue(encoder.encode(".")), 20);
      },
      cancel: () => clearInterval(timer),
    });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(body()),
  );
  const outcome = await client(`http://127.0.0.1:${server.addr.port}`, { timeoutMs: 300 }).get("/");
  assert.equal(outcome.kind === "failure" && outcome.failure, "silent");
});
