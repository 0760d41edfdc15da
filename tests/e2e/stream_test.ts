import assert from "node:assert/strict";
import { EventParser, type ServerEvent } from "../../lib/top/event_parser.ts";
import { freePorts } from "../machine/free_ports.ts";
import { newerRuntimeTest } from "./newer_runtime_only.ts";
import { getPage } from "./page.ts";
import { RtcountProcess } from "./rtcount_process.ts";

/** The events of a stream until there are enough; then the connection is ended. */
async function readEvents(
  url: string,
  isEnough: (events: readonly ServerEvent[]) => boolean,
  headers: Record<string, string> = {},
): Promise<ServerEvent[]> {
  const response = await fetch(url, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail();
  const parser = new EventParser();
  const events: ServerEvent[] = [];
  while (!isEnough(events)) {
    events.push(...parser.push((await reader.read()).value ?? assert.fail("it ended")));
  }
  await reader.cancel();
  return events;
}

async function withDemo(use: (url: string, demo: RtcountProcess) => Promise<void>): Promise<void> {
  const listen = `127.0.0.1:${freePorts(1)[0]}`;
  const sets = ["--set", "window.slide=200ms", "--set", "window.length=2s"];
  await using demo = new RtcountProcess(["demo", "--listen", listen, ...sets]);
  const url = `http://${listen}`;
  await demo.waitFor("a window", async () => (await getPage(`${url}/api/v1/top`))?.status === 200);
  await use(url, demo);
}

Deno.test("/api/v1/stream brings every window that closes, and again what was missed", async () => {
  await withDemo(async (url) => {
    const stream = `${url}/api/v1/stream`;
    const all = await readEvents(`${stream}?last_event_id=0`, (events) => events.length >= 15);
    const ends = all.map(({ data }) => JSON.parse(data).window_end);
    assert.deepEqual(all.map(({ id, type }) => [id, type]), ends.map((end) => [String(end), "window"]));
    // Until there are records a stretch of windows is one event; from then on none is left out.
    const first = all.findIndex(({ data }) => JSON.parse(data).records > 0);
    ends.slice(first + 1).forEach((end, i) => assert.equal(end - ends[first + i], 200));

    // Several may have come at once.
    const since = all.slice(10);
    const headers = { "Last-Event-ID": all[9].id };
    const missed = await readEvents(stream, (events) => events.length >= since.length, headers);
    assert.deepEqual(missed.slice(0, since.length), since);
  });
});

Deno.test("/api/v1/stream and /api/v1/words say the same as /api/v1/top", async () => {
  await withDemo(async (url, demo) => {
    // A window may close between two requests.
    const top = await demo.waitFor("answers of one window", async () => {
      const before = await getPage(`${url}/api/v1/top`);
      const { top } = JSON.parse(before?.text ?? "{}");
      const words = await Promise.all(
        [0, 1, 19].map((i) => getPage(`${url}/api/v1/words/${encodeURIComponent(top[i]?.[0] ?? "")}`)),
      );
      const after = await getPage(`${url}/api/v1/top`);
      if (top.length < 20 || before?.text !== after?.text) return;
      [0, 1, 19].forEach((i, n) => {
        const { word, count, panes } = JSON.parse(words[n]?.text ?? "{}");
        assert.deepEqual([word, count], top[i]);
        assert.equal(panes.length, 10);
        assert.equal(panes.reduce((sum: number, [, n]: [number, number]) => sum + n, 0), count);
      });
      return before?.text.trimEnd();
    });
    const end = String(JSON.parse(top).window_end);
    const events = await readEvents(
      `${url}/api/v1/stream?last_event_id=${Number(end) - 1}`,
      (events) => events.length > 0,
    );
    assert.deepEqual([events[0].id, events[0].data], [end, top]);
  });
});

newerRuntimeTest({
  name: "the daemon's end ends its streams",
  fn: async () => {
    await withDemo(async (url, demo) => {
      const response = await fetch(`${url}/api/v1/stream`);
      demo.kill("SIGTERM");
      let last = "";
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) last = text;
      assert.match(last, /\n\n$/);
      assert.equal(await demo.status, 0, demo.stderr);
    });
  },
});
