import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/load.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";
import type { ClosedWindow } from "../../lib/pipeline/window_outputs.ts";
import { Outputs } from "../../lib/sink/outputs.ts";
import { formatBlock } from "../../lib/window/window_block.ts";
import { FakeSource } from "../fakes/fake_source.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { silentLog } from "../fakes/silent_log.ts";

const CONFIG = parseConfig("source: {synthetic: {tasks: [{name: t, rate: 10}]}}");

function setUp() {
  const written: string[] = [];
  const feed = new WindowFeed();
  const outputs = new Outputs(CONFIG, {
    stdout: (text) => written.push(text),
    feed,
    security: {},
    clock: new ManualClock(),
    log: silentLog,
  });
  const streamed = () => new TextDecoder().decode(feed.read(0)?.bytes);
  return { outputs, written, streamed };
}

function windowWith(records: number): ClosedWindow {
  const source = new FakeSource();
  source.assign([{}]);
  const top = records === 0 ? [] : [{ word: "a", count: records }];
  const totals = { records, words: records, distinct: top.length, error: 0 };
  return { result: { startMs: 0, endMs: 1_000, ...totals, top }, partitions: source.assignment!.partitions };
}

Deno.test("Outputs.emit() writes a block in one call and publishes the window", () => {
  const { outputs, written, streamed } = setUp();
  const closed = windowWith(2);
  outputs.emit(closed);
  assert.deepEqual(written, [formatBlock(closed.result)]);
  assert.equal(
    streamed(),
    'id: 1000\nevent: window\ndata: {"window_start":0,"window_end":1000,"records":2,"words":2,' +
      '"distinct":1,"error":0,"top":[["a",2]]}\n\n',
  );
});

Deno.test("Outputs.emit() publishes a window without records and does not write it", () => {
  const { outputs, written, streamed } = setUp();
  outputs.emit(windowWith(0));
  assert.deepEqual(written, []);
  assert.match(streamed(), /^id: 1000\n/);
});

Deno.test("Outputs.emit() writes no block while the console is off", () => {
  const { outputs, written } = setUp();
  outputs.console = false;
  outputs.emit(windowWith(2));
  outputs.console = true;
  outputs.emit(windowWith(3));
  assert.equal(written.length, 1);
});
