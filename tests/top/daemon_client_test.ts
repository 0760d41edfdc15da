import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { parseHttpAddress } from "../../lib/http_client/http_address.ts";
import { startHttpServer } from "../../lib/http/server.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";
import { DaemonClient, RefusedError } from "../../lib/top/daemon_client.ts";
import { freePorts } from "../machine/free_ports.ts";
import { fakeView } from "../fakes/fake_view.ts";

/** The calls of a listener, one line each. */
class Heard {
  readonly lines: string[] = [];
  #wake = () => {};

  readonly listener = {
    onWindow: ({ endMs }: { endMs: number }) => this.#add(`window ${endMs}`),
    onStatus: ({ name }: { name: string | undefined }) => this.#add(`status ${name}`),
    onConnected: () => this.#add("connected"),
    onLost: (reason: string) => this.#add(`lost: ${reason}`),
  };

  async until(line: string | RegExp): Promise<void> {
    const isThere = () => this.lines.some((one) => typeof line === "string" ? one === line : line.test(one));
    while (!isThere()) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  #add(line: string): void {
    this.lines.push(line);
    this.#wake();
  }
}

function windowJson(endMs: number): string {
  const numbers = { window_start: 0, window_end: endMs, records: 0, words: 0, distinct: 0, error: 0 };
  return JSON.stringify({ ...numbers, top: [] });
}

function publish(windows: WindowFeed, ...ends: number[]): void {
  for (const end of ends) windows.publish(end, windowJson(end));
}

async function startDaemon(port: number, windows: WindowFeed): Promise<{ stop(): Promise<void> }> {
  const fail = (message: string, fields?: Record<string, unknown>) =>
    assert.fail(`${message}: ${fields?.error}`);
  return await startHttpServer({
    listen: `127.0.0.1:${port}`,
    view: fakeView({ windows, status: () => Promise.resolve({ name: "fake" }) }),
    log: { warn: fail, error: fail },
  });
}

Deno.test("DaemonClient.run() reconnects, and misses no window that the daemon still has", async () => {
  const [port] = freePorts(1);
  const address = parseHttpAddress(`http://127.0.0.1:${port}`) ?? assert.fail();
  const heard = new Heard();
  const stopping = new AbortController();
  const client = new DaemonClient(address, { clock: systemClock, listener: heard.listener });
  const running = client.run(stopping.signal);
  await heard.until(/^lost: .*[Cc]onnection refused/);

  const windows = new WindowFeed();
  publish(windows, 1_000, 2_000);
  const first = await startDaemon(port, windows);
  await heard.until("window 2000");
  await heard.until("status fake");
  publish(windows, 3_000);
  await heard.until("window 3000");
  await first.stop();
  await heard.until(/^lost: /);
  publish(windows, 4_000, 5_000);
  const second = await startDaemon(port, windows);
  await heard.until("window 5000");
  stopping.abort();
  await running;
  await second.stop();
  const ends = heard.lines.filter((line) => line.startsWith("window"));
  assert.deepEqual(ends, ["window 2000", "window 3000", "window 4000", "window 5000"]);
});

Deno.test("DaemonClient.run() sends a login, and does not show it when it is refused", async () => {
  const seen = new Set<string | null>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.add(request.headers.get("authorization"));
    return new Response("no", { status: 401 });
  });
  const address = parseHttpAddress(`http://user:secret@127.0.0.1:${server.addr.port}`) ?? assert.fail();
  const client = new DaemonClient(address, { clock: systemClock, listener: new Heard().listener });
  await assert.rejects(client.run(new AbortController().signal), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.match(
      error.message,
      /answers 401: name a user that the daemon knows, with --login-file or RTCOUNT_LOGIN$/,
    );
    assert.doesNotMatch(Deno.inspect(error), /secret|c2VjcmV0/);
    return true;
  });
  assert.deepEqual([...seen], [`Basic ${btoa("user:secret")}`]);
});

Deno.test("DaemonClient.run() sends back only ids of windows, and survives events that it cannot read", async () => {
  const lastIds: (string | null)[] = [];
  const bodies = [
    `id: 7\nevent: window\ndata: ${windowJson(7)}\n\nid: \u2603\nevent: window\ndata: ${windowJson(8)}\n\n`,
    "id: 9\nevent: window\ndata: <html>\n\n",
    `id: 10\nevent: window\ndata: ${windowJson(10)}\n\n`,
  ];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (!request.url.endsWith("/stream")) return new Response("<html>");
    lastIds.push(request.headers.get("last-event-id"));
    const body = bodies[lastIds.length - 1] ?? "";
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  const address = parseHttpAddress(`http://127.0.0.1:${server.addr.port}`) ?? assert.fail();
  const heard = new Heard();
  const stopping = new AbortController();
  const running = new DaemonClient(address, { clock: systemClock, listener: heard.listener }).run(
    stopping.signal,
  );
  await heard.until("window 10");
  stopping.abort();
  await running;
  // The client asks again for a window that it cannot read: another version of the daemon may answer.
  assert.deepEqual(lastIds.slice(0, 3), [null, "7", "7"]);
});

Deno.test("DaemonClient.run() gives up on a server that is not rtcount", async () => {
  const answers = [() => new Response("<html>"), () => new Response("", { status: 404 })];
  for (const answer of answers) {
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
    const address = parseHttpAddress(`http://127.0.0.1:${server.addr.port}`) ?? assert.fail();
    const client = new DaemonClient(address, { clock: systemClock, listener: new Heard().listener });
    await assert.rejects(client.run(new AbortController().signal), RefusedError);
  }
});
