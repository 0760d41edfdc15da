import assert from "node:assert/strict";
import { MAX_STREAMS } from "../../lib/http/event_streams.ts";
import { type HttpServer, startHttpServer } from "../../lib/http/server.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";
import { EventParser, type ServerEvent } from "../../lib/top/event_parser.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { fakeView } from "../fakes/fake_view.ts";

const OPENING = ": each window when it closes\nretry: 2000\n\n";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Running {
  readonly server: HttpServer;
  readonly windows: WindowFeed;
  readonly clock: ManualClock;
}

async function withServer(body: (running: Running) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const windows = new WindowFeed();
  const fail = (message: string, fields?: Record<string, unknown>) =>
    assert.fail(`${message}: ${fields?.error}`);
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    view: fakeView({ windows }),
    log: { warn: fail, error: fail },
    clock,
  });
  try {
    await body({ server, windows, clock });
  } finally {
    await server.stop();
  }
}

/** A client of the stream that reads as bytes come. */
class Listener implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** All that has come. */
  text = "";

  constructor(readonly response: Response) {
    assert.ok(response.body !== null);
    this.#reader = response.body.getReader();
  }

  static async open(server: HttpServer, query = "", headers: Record<string, string> = {}): Promise<Listener> {
    const listener = new Listener(await fetch(`${server.url}/api/v1/stream${query}`, { headers }));
    assert.equal(listener.response.status, 200);
    return listener;
  }

  get events(): ServerEvent[] {
    return new EventParser().push(this.text);
  }

  get ids(): string[] {
    return this.events.map(({ id }) => id);
  }

  /** Reads until there are so many events. */
  async read(events: number): Promise<ServerEvent[]> {
    return await this.until(() => this.events.length >= events);
  }

  async until(done: () => boolean): Promise<ServerEvent[]> {
    while (!done()) assert.ok(await this.#readMore(), `the stream ended after ${JSON.stringify(this.text)}`);
    return this.events;
  }

  async end(): Promise<void> {
    while (await this.#readMore());
  }

  async #readMore(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    this.text += decoder.decode(value);
    return !done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

function publish(windows: WindowFeed, from: number, to: number): void {
  for (let end = from; end <= to; end++) windows.publish(end * 1000, `{"window_end":${end * 1000}}`);
}

Deno.test("/api/v1/stream begins with the last closed window, and brings each when it closes", async () => {
  await withServer(async ({ server, windows }) => {
    publish(windows, 1, 3);
    await using listener = await Listener.open(server);
    const { headers } = listener.response;
    assert.equal(headers.get("content-type"), "text/event-stream");
    assert.equal(headers.get("cache-control"), "no-store");
    await listener.read(1);
    publish(windows, 4, 4);
    await listener.read(2);
    assert.equal(
      listener.text,
      `${OPENING}id: 3000\nevent: window\ndata: {"window_end":3000}\n\n` +
        'id: 4000\nevent: window\ndata: {"window_end":4000}\n\n',
    );
  });
});

Deno.test("/api/v1/stream waits for the first window where none has closed", async () => {
  await withServer(async ({ server, windows }) => {
    await using listener = await Listener.open(server);
    await listener.until(() => listener.text === OPENING);
    publish(windows, 1, 1);
    await listener.read(1);
    assert.deepEqual(listener.ids, ["1000"]);
  });
});

Deno.test("/api/v1/stream brings what closed after the last event id", async (t) => {
  const header = (id: string) => ({ "Last-Event-ID": id });
  const table: readonly (readonly [string, string, Record<string, string>, number])[] = [
    ["in the query", "?last_event_id=2000", {}, 3],
    ["in the header", "", header("3000"), 4],
    ["the header's, where both are given", "?last_event_id=1000", header("4000"), 5],
    ["one that no window has", "?last_event_id=1999", {}, 2],
    ["0: all", "?last_event_id=0", {}, 1],
    ["the newest", "?last_event_id=5000", {}, 6],
    ["one ahead of all", "?last_event_id=9999999999999999", {}, 6],
  ];
  for (const [name, query, headers, first] of table) {
    await t.step(name, async () => {
      await withServer(async ({ server, windows }) => {
        publish(windows, 1, 5);
        await using listener = await Listener.open(server, query, headers);
        await listener.until(() => listener.text !== "");
        publish(windows, 6, 6);
        const ids = Array.from({ length: 7 - first }, (_, i) => String((first + i) * 1000));
        await listener.read(ids.length);
        assert.deepEqual(listener.ids, ids);
      });
    });
  }
});

Deno.test("/api/v1/stream refuses what is no id", async () => {
  await withServer(async ({ server }) => {
    const wrong = ["x", "-1", "1.5", "1e3", "", "12345678901234567", "1&last_event_id=2"];
    for (const id of wrong) {
      const response = await fetch(`${server.url}/api/v1/stream?last_event_id=${id}`);
      assert.equal(response.status, 400, id);
      assert.match((await response.json()).error, /^the last event id is ".*", wanted a window's end/);
    }
    const headers = { "Last-Event-ID": "x" };
    const response = await fetch(`${server.url}/api/v1/stream?last_event_id=1`, { headers });
    assert.equal(response.status, 400);
    await response.body?.cancel();
  });
});

Deno.test("/api/v1/stream answers HEAD with the same head, and ends", async () => {
  await withServer(async ({ server, windows }) => {
    publish(windows, 1, 1);
    const response = await fetch(`${server.url}/api/v1/stream`, { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    assert.equal(await response.text(), "");
  });
});

Deno.test("/api/v1/stream says every 15 s that it is alive, and goes on for hours", async () => {
  await withServer(async ({ server, windows, clock }) => {
    publish(windows, 1, 1);
    await using listener = await Listener.open(server);
    await listener.read(1);
    for (let n = 1; n <= 500; n++) {
      const { length } = listener.text;
      clock.advance(15_000);
      await listener.until(() => listener.text.length > length);
      assert.ok(listener.text.endsWith(`${":\n\n".repeat(n)}`), listener.text);
    }
    publish(windows, 2, 2);
    await listener.read(2);
    assert.deepEqual(listener.ids, ["1000", "2000"]);
  });
});

Deno.test("/api/v1/stream ends for a client that does not take what it is sent, and for no other", async () => {
  await withServer(async ({ server, windows, clock }) => {
    await using quick = await Listener.open(server);
    const slow = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(server.url).port) });
    await slow.write(encoder.encode("GET /api/v1/stream HTTP/1.0\r\n\r\n"));
    let head = "";
    while (!head.includes(OPENING)) {
      const buffer = new Uint8Array(1024);
      head += decoder.decode(buffer.subarray(0, await slow.read(buffer) ?? assert.fail(head)));
    }
    // More than the kernel keeps for a client.
    const json = JSON.stringify("x".repeat(1024 * 1024));
    for (let end = 1; end <= 32; end++) {
      windows.publish(end, json);
      await quick.until(() => quick.text.length >= json.length && quick.text.endsWith("\n\n"));
      quick.text = "";
    }
    clock.advance(11_000);
    const buffer = new Uint8Array(1024 * 1024);
    let read = 0;
    try {
      for (let n = await slow.read(buffer); n !== null; n = await slow.read(buffer)) read += n;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    slow.close();
    assert.ok(read < 32 * json.length, `${read} bytes`);
    windows.publish(33, "{}");
    await quick.until(() => quick.text.includes("id: 33\n"));
  });
});

Deno.test("/api/v1/stream serves MAX_STREAMS clients that come at once, and beside them all others", async () => {
  await withServer(async ({ server, windows }) => {
    publish(windows, 1, 1);
    const listeners = await Promise.all(Array.from({ length: MAX_STREAMS }, () => Listener.open(server)));
    await Promise.all(listeners.map((listener) => listener.read(1)));
    publish(windows, 2, 9);
    await Promise.all(listeners.map((listener) => listener.read(9)));

    const more = await Promise.all(Array.from({ length: 20 }, () => fetch(`${server.url}/api/v1/stream`)));
    assert.deepEqual(new Set(more.map(({ status }) => status)), new Set([503]));
    await Promise.all(more.map(({ body }) => body?.cancel()));
    const refused = await fetch(`${server.url}/api/v1/stream`);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), "10");
    assert.deepEqual(await refused.json(), { error: `${MAX_STREAMS} streams are open, wanted: fewer` });
    const others = await Promise.all(
      Array.from({ length: 20 }, async () => await (await fetch(`${server.url}/healthz`)).text()),
    );
    assert.deepEqual(new Set(others), new Set(["ok"]));

    await listeners.pop()?.[Symbol.asyncDispose]();
    while (true) {
      const response = await fetch(`${server.url}/api/v1/stream`);
      await response.body?.cancel();
      if (response.status === 200) break;
    }
    for (const listener of listeners) await listener[Symbol.asyncDispose]();
  });
});

Deno.test("HttpServer.stop() ends streams at once", async () => {
  const listeners: Listener[] = [];
  await withServer(async ({ server, windows }) => {
    publish(windows, 1, 1);
    for (let n = 0; n < 10; n++) listeners.push(await Listener.open(server));
    await Promise.all(listeners.map((listener) => listener.read(1)));
  });
  await Promise.all(listeners.map((listener) => listener.end()));
});

Deno.test("/api/v1/stream admits no more than MAX_STREAMS of those that come at once", async () => {
  await withServer(async ({ server }) => {
    const responses = await Promise.all(
      Array.from({ length: MAX_STREAMS + 20 }, () => fetch(`${server.url}/api/v1/stream`)),
    );
    assert.equal(responses.filter(({ status }) => status === 200).length, MAX_STREAMS);
    assert.equal(responses.filter(({ status }) => status === 503).length, 20);
    await Promise.all(responses.map(({ body }) => body?.cancel()));
  });
});

Deno.test("/api/v1/stream admits another address although one address has opened all streams", async () => {
  const server = await startHttpServer({
    listen: "[::]:0",
    view: fakeView(),
    log: { warn: assert.fail, error: assert.fail },
  });
  const { port } = new URL(server.url);
  const open = (host: string) => fetch(`http://${host}:${port}/api/v1/stream`);
  const many = await Promise.all(Array.from({ length: MAX_STREAMS }, () => open("127.0.0.1")));
  assert.deepEqual(new Set(many.map(({ status }) => status)), new Set([200]));
  const other = await open("[::1]");
  assert.equal(other.status, 200);
  assert.equal(await (await fetch(`http://[::1]:${port}/healthz`)).text(), "ok");
  await server.stop();
  await Promise.all([other, ...many].map(({ body }) => body?.cancel().catch(() => {})));
});
