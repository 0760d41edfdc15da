import assert from "node:assert/strict";
import type { Clock } from "../../../lib/async/clock.ts";
import { LinesSource } from "../../../lib/source/lines/line_source.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { queueOf, takeAll } from "../taken.ts";

/** Time stands still: a sleep ends as soon as the other tasks have run. */
const hastyClock: Clock = {
  nowMs: () => 1_000_000,
  monotonicMs: () => 500,
  sleep: () => new Promise((resolve) => setTimeout(resolve, 0)),
};

interface Options {
  readonly path: string;
  readonly stdin?: ReadableStream<Uint8Array>;
  readonly maxRecordBytes?: number;
  readonly clock?: Clock;
}

function start({ maxRecordBytes = 1_000, clock = hastyClock, ...options }: Options) {
  const logged: string[] = [];
  const log = {
    info: (message: string) => void logged.push(message),
    warn: (message: string) => void logged.push(message),
  };
  const source = new LinesSource({ ...options, maxRecordBytes, clock, log });
  source.start();
  /** Takes `count` records. */
  const take = async (count: number): Promise<string[]> => {
    const values: string[] = [];
    while (values.length < count) {
      await source.changed(Infinity);
      values.push(...takeAll(queueOf(source)).values);
    }
    return values;
  };
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await hastyClock.sleep(0);
  };
  return { source, logged, take, until };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
}

const append = (path: string, text: string) => Deno.writeTextFile(path, text, { append: true });

Deno.test("LinesSource makes each line of standard input a record, the last one too", async () => {
  const { source, take } = start({ path: "-", stdin: streamOf("one\ntw", "o\n\nthr", "ee") });
  assert.deepEqual(await take(4), ["one", "two", "", "three"]);
  await source.stop();
});

Deno.test("LinesSource dates a record by its arrival", async () => {
  const { source } = start({ path: "-", stdin: streamOf("one\n") });
  const queue = queueOf(source);
  while (!queue.head(() => assert.fail())) await source.changed(Infinity);
  assert.equal(queue.records.timestampsMs[0], 1_000_000);
  assert.equal(queue.arrivedMs, 500);
  assert.deepEqual([queue.records.keyStarts[0], queue.records.keyEnds[0]], [-1, -1]);
  await source.stop();
});

Deno.test("LinesSource advances event time at its end, and after the end of standard input", async () => {
  const clock = new ManualClock();
  const { source, logged, until } = start({ path: "-", stdin: streamOf("one\n"), clock });
  await until(() => logged.includes("standard input has ended"));
  takeAll(queueOf(source));
  assert.equal(queueOf(source).endSeenMs, undefined);
  for (const seenMs of [100, 200]) {
    clock.advance(100);
    await until(() => queueOf(source).endSeenMs === seenMs);
  }
  assert.deepEqual(source.readiness, { ready: true });
  await source.stop();
});

Deno.test("LinesSource skips a line that is too long, and reports it", async () => {
  const { source, until } = start({
    path: "-",
    stdin: streamOf("a\n12345", "678901\nb\n"),
    maxRecordBytes: 10,
  });
  const queue = queueOf(source);
  await until(() => queue.highWatermark === 3);
  const { values, problems } = takeAll(queue);
  assert.deepEqual(values, ["a", "b"]);
  assert.deepEqual(problems.map(({ reason, records }) => [reason, records]), [["too_large", 1]]);
  assert.equal(queue.position, 3);
  await source.stop();
});

Deno.test("LinesSource stops reading while its queue is full", async () => {
  const line = "x".repeat(999) + "\n";
  let pulled = 0;
  const stdin = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new TextEncoder().encode(line.repeat(100)));
    },
  }, { highWaterMark: 0 });
  const { source, until } = start({ path: "-", stdin });
  await until(() => queueOf(source).queuedBytes >= 4 * 2 ** 20);
  const full = pulled;
  for (let turn = 0; turn < 20; turn++) await hastyClock.sleep(0);
  assert.equal(pulled, full);
  assert.ok(queueOf(source).queuedBytes < 5 * 2 ** 20);
  takeAll(queueOf(source));
  await until(() => pulled > full);
  await source.stop();
});

Deno.test("LinesSource.stop() ends a waiting read", async () => {
  const { source } = start({ path: "-", stdin: new ReadableStream() });
  await source.stop();
  assert.deepEqual(takeAll(queueOf(source)).values, []);
});

Deno.test("LinesSource follows a file from its start, and waits for the end of an unfinished line", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/log`;
    await append(path, "one\ntwo\nthr");
    const { source, take } = start({ path });
    assert.deepEqual(await take(2), ["one", "two"]);
    await append(path, "ee\n");
    assert.deepEqual(await take(1), ["three"]);
    await source.stop();
  });
});

Deno.test("LinesSource reads a truncated file from its start", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/log`;
    await append(path, "one\ntwo\nunfinished");
    const { source, take, logged, until } = start({ path });
    await take(2);
    await Deno.truncate(path);
    await until(() => logged.includes(`"${path}" was truncated: reading from the start`));
    await append(path, "three\n");
    assert.deepEqual(await take(1), ["three"]);
    await source.stop();
  });
});

Deno.test("LinesSource continues with a new file at the path, once the old one is read", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/log`;
    await append(path, "one\n");
    const { source, take } = start({ path });
    await take(1);
    await Deno.rename(path, `${path}.1`);
    await append(`${path}.1`, "two\n");
    assert.deepEqual(await take(1), ["two"]);
    await append(path, "three\n");
    assert.deepEqual(await take(1), ["three"]);
    assert.deepEqual(source.readiness, { ready: true });
    await source.stop();
  });
});

Deno.test("LinesSource waits for a missing file, and reports it", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/log`;
    const { source, take, logged, until } = start({ path });
    await until(() => logged.length > 0);
    assert.ok(!source.readiness.ready);
    assert.match(source.readiness.reason, /^cannot read ".*log": ENOENT/);
    for (let turn = 0; turn < 20; turn++) await hastyClock.sleep(0);
    assert.equal(logged.length, 1);
    await append(path, "one\n");
    assert.deepEqual(await take(1), ["one"]);
    assert.deepEqual(source.readiness, { ready: true });
    await source.stop();
  });
});

Deno.test("LinesSource reports that a folder cannot be read", async () => {
  await inFolder(async (path) => {
    const { source, until } = start({ path });
    await until(() => !source.readiness.ready && source.readiness.reason.includes("EISDIR"));
    await source.stop();
  });
});

Deno.test({
  name: "LinesSource reads a FIFO through several writers",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inFolder(async (folder) => {
      const path = `${folder}/fifo`;
      await new Deno.Command("mkfifo", { args: [path] }).output();
      const { source, take } = start({ path });
      for (const text of ["one\n", "two\n"]) {
        await append(path, text);
        assert.deepEqual(await take(1), [text.trim()]);
      }
      await source.stop();
    });
  },
});
