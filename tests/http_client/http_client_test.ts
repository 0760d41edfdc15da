import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { HttpError } from "../../lib/http_client/http_client.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { freePorts } from "../machine/free_ports.ts";
import { client } from "./client.ts";

const GET_ONCE = fileURLToPath(new URL("get_once.ts", import.meta.url));

/** Its answer repeats the request. */
function startEcho() {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    const { host, authorization } = Object.fromEntries(request.headers);
    return Response.json({ path: pathname + search, host, authorization }, { status: 418 });
  });
  return { server, host: `127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("HttpClient.get() asks below the address it was given, with its login", async () => {
  await using echo = startEcho();
  const rows = [
    [`http://me:p%40ss@${echo.host}/prometheus/`, "/prometheus/api?q=1", `Basic ${btoa("me:p@ss")}`],
    [`http://${echo.host}`, "/api?q=1", undefined],
  ];
  for (const [address, path, authorization] of rows) {
    assert.deepEqual(await client(address ?? "").get("/api?q=1"), {
      kind: "answer",
      status: 418,
      text: JSON.stringify({ path, host: echo.host, authorization }),
    });
  }
});

Deno.test("HttpClient.ask() sends method, headers and body, and the length of any body", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { "content-length": length, "x-own": own, authorization } = Object.fromEntries(request.headers);
    return Response.json({ method: request.method, length, own, authorization, body: await request.text() });
  });
  const asked = client(`http://a:b@127.0.0.1:${server.addr.port}`);
  const authorization = `Basic ${btoa("a:b")}`;
  const rows = [
    [{ method: "PUT", headers: { "x-own": "1" } }, { length: "0", own: "1", body: "" }],
    [{ method: "POST", headers: {}, body: "ü" }, { length: "2", body: "ü" }],
    [{ method: "GET", headers: { "x-own": "2" } }, { own: "2", body: "" }],
  ] as const;
  for (const [request, seen] of rows) {
    const outcome = await asked.ask("/", request);
    const answer = outcome.kind === "answer" ? JSON.parse(outcome.text) : outcome;
    assert.deepEqual(answer, { method: request.method, authorization, ...seen });
  }
});

Deno.test("HttpClient.get() follows no redirect", async () => {
  await using echo = startEcho();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.redirect(`http://${echo.host}/`, 302),
  );
  const outcome = await client(`http://u:p@127.0.0.1:${server.addr.port}`).get("/");
  assert.equal(outcome.kind === "answer" && outcome.status, 302);
});

Deno.test("HttpClient.get() goes through no proxy that the environment names", async () => {
  await using echo = startEcho();
  // A process of its own: the environment here belongs to all tests that run beside this one.
  const proxy = "http://127.0.0.1:1";
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-all", GET_ONCE, `http://${echo.host}`],
    env: { HTTP_PROXY: proxy, http_proxy: proxy, NO_COLOR: "1" },
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "answer\n", new TextDecoder().decode(stderr));
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

Deno.test("HttpClient.get() tells in plain words why there is no answer", async () => {
  const [free] = freePorts(1);
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const rows: [address: string, timeoutMs: number, failure: string, reason: RegExp][] = [
    [`http://127.0.0.1:${free}`, 60_000, "refused", /^connection refused$/],
    ["http://nowhere.invalid", 60_000, "unresolved", /^the host name is not known$/],
    [`http://127.0.0.1:${silent.addr.port}`, 200, "silent", /^no answer within 0\.2 s$/],
  ];
  for (const [address, timeoutMs, failure, reason] of rows) {
    const outcome = await client(address, { timeoutMs }).get("/");
    assert.equal(outcome.kind === "failure" && outcome.failure, failure);
    assert.match(outcome.kind === "failure" ? outcome.reason : "", reason);
  }
});

Deno.test("HttpClient.get() ends when its signal is aborted", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const over = new AbortController();
  const asking = client(`http://127.0.0.1:${silent.addr.port}`, { signal: over.signal }).get("/");
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

Deno.test("HttpClient.open() gives an endless answer in chunks, until the server falls silent", async () => {
  const encoder = new TextEncoder();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(encoder.encode("one")) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  const clock = new ManualClock();
  const asked = client(`http://127.0.0.1:${server.addr.port}`, { clock });
  const stream = await asked.open("/", { headers: {}, silenceMs: 40_000 });
  assert.deepEqual([stream.status, stream.contentType], [200, "text/event-stream"]);
  const chunks = stream.chunks[Symbol.asyncIterator]();
  assert.equal(new TextDecoder().decode((await chunks.next()).value), "one");
  const next = chunks.next();
  clock.advance(40_000);
  await assert.rejects(next, (error) => {
    assert.ok(error instanceof HttpError);
    assert.deepEqual([error.failure, error.message], ["silent", "no answer within 40 s"]);
    return true;
  });
});

Deno.test("HttpClient.open() ends an answer that nobody reads", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    return new Response(new ReadableStream({ cancel: () => cancelled.resolve() }));
  });
  const stream = await client(`http://127.0.0.1:${server.addr.port}`).open("/", {
    headers: {},
    silenceMs: 1,
  });
  stream.close();
  await cancelled.promise;
});

Deno.test("HttpClient.get() reads no answer without a bound", async () => {
  const piece = new Uint8Array(1024 * 1024);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(piece) }));
  });
  const address = `http://127.0.0.1:${server.addr.port}`;
  const rows = [[undefined, 33_554_432], [1_000, 1_000]] as const;
  for (const [maxAnswerBytes, limit] of rows) {
    assert.deepEqual(await client(address, { maxAnswerBytes }).get("/"), {
      kind: "failure",
      failure: "broken",
      reason: `the answer is longer than ${limit} bytes`,
    });
  }
});

/** Answers each request with `head`, and then with `piece` again and again, without an end. */
function startEndless(head: string, piece: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const pieces = new TextEncoder().encode(piece.repeat(1_000));
  const serving = (async () => {
    for await (const connection of listener) {
      try {
        await connection.read(new Uint8Array(4_096));
        await connection.write(new TextEncoder().encode(head));
        while (true) await connection.write(pieces);
      } catch (error) {
        // The client has closed it.
        if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)) {
          throw error;
        }
      } finally {
        connection.close();
      }
    }
  })();
  return {
    address: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

for (
  const [pieceBytes, reason] of [
    [1, "the answer comes in pieces of less than 64 bytes"],
    [256, "the answer is longer than 2000000 bytes"],
  ] as const
) {
  Deno.test(`HttpClient.get() ends with an answer in pieces of ${pieceBytes} bytes`, async () => {
    const piece = `${pieceBytes.toString(16)}\r\n${"x".repeat(pieceBytes)}\r\n`;
    await using server = startEndless(CHUNKED, piece);
    const asked = client(server.address, { timeoutMs: 600_000, maxAnswerBytes: 2_000_000 });
    assert.deepEqual(await asked.get("/"), { kind: "failure", failure: "broken", reason });
  });
}

for (
  const [what, head, piece] of [
    ["interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["an extension of a chunk", `${CHUNKED}1;`, "extension"],
  ] as const
) {
  Deno.test(`HttpClient.get() ends with a server that sends ${what} without an end`, async () => {
    await using server = startEndless(head, piece);
    const asked = client(server.address, { timeoutMs: 600_000, maxAnswerBytes: 10_000 });
    assert.deepEqual(await asked.get("/"), {
      kind: "failure",
      failure: "broken",
      reason: "the server sends more bytes than an answer can have",
    });
  });
}

Deno.test("HttpClient.open() ends with a server that sends interim answers without an end, and with no stream", async () => {
  const options = { headers: {}, silenceMs: 600_000 };
  await using flood = startEndless("", "HTTP/1.1 100 Continue\r\n\r\n");
  const opened = client(flood.address, { timeoutMs: 600_000 }).open("/", options);
  await assert.rejects(opened, /^HttpError: the server sends more bytes than an answer can have/);

  await using stream = startEndless(CHUNKED, "400\r\n" + "x".repeat(1_024) + "\r\n");
  const { chunks, close } = await client(stream.address).open("/", options);
  let bytes = 0;
  for await (const chunk of chunks) if ((bytes += chunk.length) > 2_000_000) break;
  close();
  assert.ok(bytes > 2_000_000);
});
