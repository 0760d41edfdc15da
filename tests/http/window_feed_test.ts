import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_KEPT_BYTES, MAX_KEPT_WINDOWS, WindowFeed } from "../../lib/http/window_feed.ts";

const decoder = new TextDecoder();

function event(id: number, json: string): string {
  return `id: ${id}\nevent: window\ndata: ${json}\n\n`;
}

/** All that there is from that place on. */
function readAll(feed: WindowFeed, place: number): string {
  let text = "";
  for (let batch = feed.read(place); batch !== undefined; batch = feed.read(batch.next)) {
    text += decoder.decode(batch.bytes);
  }
  return text;
}

Deno.test("WindowFeed.read() brings what was published after an id, whatever was published", () => {
  const anyWindow = fc.record({
    by: fc.integer({ min: 1, max: 5 }),
    json: fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => JSON.stringify(text)),
  });
  fc.assert(
    fc.property(
      fc.array(anyWindow, { maxLength: 2 * MAX_KEPT_WINDOWS, size: "max" }),
      fc.nat(3 * MAX_KEPT_WINDOWS),
      (windows, id) => {
        const feed = new WindowFeed();
        const published: { id: number; text: string }[] = [];
        let end = 0;
        for (const { by, json } of windows) {
          end += by;
          feed.publish(end, json);
          published.push({ id: end, text: event(end, json) });
        }
        const kept = published.slice(-MAX_KEPT_WINDOWS);
        const wanted = kept.filter((one) => one.id > id).map(({ text }) => text).join("");
        assert.equal(readAll(feed, feed.after(id)), wanted);
        assert.equal(readAll(feed, feed.after(0)), kept.map(({ text }) => text).join(""));
        assert.equal(readAll(feed, feed.newest), kept.at(-1)?.text ?? "");
        assert.equal(readAll(feed, 0), readAll(feed, feed.after(0)), "from the oldest where a place is gone");
      },
    ),
  );
});

Deno.test("WindowFeed keeps no more than MAX_KEPT_BYTES, and always the newest window", () => {
  const feed = new WindowFeed();
  const half = JSON.stringify("x".repeat(MAX_KEPT_BYTES / 2 - 100));
  for (let id = 1; id <= 3; id++) feed.publish(id, half);
  assert.equal(readAll(feed, feed.after(0)), event(2, half) + event(3, half));
  const large = JSON.stringify("x".repeat(2 * MAX_KEPT_BYTES));
  feed.publish(4, large);
  assert.equal(readAll(feed, feed.after(0)), event(4, large));
  feed.publish(5, "{}");
  assert.equal(readAll(feed, feed.after(0)), event(5, "{}"));
});

Deno.test("WindowFeed.read() hands a large history out in pieces, and a large event as it is kept", () => {
  const feed = new WindowFeed();
  const json = JSON.stringify("x".repeat(30_000));
  for (let id = 1; id <= 5; id++) feed.publish(id, json);
  const batch = feed.read(feed.after(0));
  assert.equal(batch?.bytes.length, 2 * event(1, json).length);
  feed.publish(6, JSON.stringify("x".repeat(100_000)));
  const last = feed.read(feed.newest);
  assert.equal(last?.bytes, feed.read(feed.newest)?.bytes, "the same memory for everybody");
});
