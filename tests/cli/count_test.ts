import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { type CountOptions, runCount } from "../../lib/cli/count.ts";
import { readingRules } from "../fakes/reading_rules.ts";

const RULES = {
  split: { kind: "separator", separator: "," },
  trim: true,
  lowercase: false,
  minLength: 1,
  maxLength: 256,
  stopWords: [],
} as const;

interface Options extends Partial<CountOptions> {
  readonly chunkBytes?: number;
}

/** Counts `input` as standard input. Returns the output and the log. */
async function count(input: string, { chunkBytes = 65_536, ...options }: Options = {}) {
  const bytes = new TextEncoder().encode(input);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, i) => {
    return bytes.slice(i * chunkBytes, (i + 1) * chunkBytes);
  });
  const logged: unknown[] = [];
  let output = "";
  await runCount({
    files: [],
    format: "lines",
    output: "json",
    rules: RULES,
    window: { lengthMs: 60_000, slideMs: 2_000, maxWords: 1_000 },
    top: 20,
    reading: readingRules({ maxRecordBytes: 1_000 }),
    stdin: ReadableStream.from(chunks),
    stdout: (text) => output += text,
    log: { warn: (message, fields) => logged.push([message, fields]) },
    ...options,
  });
  return { output, logged, windows: output.split("\n").slice(0, -1) };
}

interface Envelope {
  readonly partition?: number;
  readonly ts?: number;
  readonly key?: string | null;
  readonly payload?: string | null;
}

function envelopes(records: readonly Envelope[]): string {
  return records.map((record, offset) =>
    JSON.stringify({ topic: "t", partition: 0, offset, key: null, payload: null, ...record }) + "\n"
  ).join("");
}

Deno.test("runCount() counts lines as one window", async () => {
  const { output } = await count("a,b\n\nb, a ,c,a\r\nc");
  assert.equal(
    output,
    '{"window_start":null,"window_end":null,"records":4,"words":7,"distinct":3,"error":0,' +
      '"top":[["a",3],["b",2],["c",2]]}\n',
  );
});

Deno.test("runCount() prints lines' tuples alone", async () => {
  assert.equal((await count("a,b\nb\n", { output: "text" })).output, "('b', 2)\n('a', 1)\n");
  assert.equal((await count("", { output: "text" })).output, "");
});

Deno.test("runCount() emits an empty window for no lines", async () => {
  assert.deepEqual((await count("")).windows, [
    '{"window_start":null,"window_end":null,"records":0,"words":0,"distinct":0,"error":0,"top":[]}',
  ]);
});

Deno.test("runCount() reads files one after the other, none of which need end in a line feed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/1`, "a\nb");
    await Deno.writeTextFile(`${folder}/2`, "c\n");
    const { windows } = await count("d", { files: [`${folder}/1`, "-", `${folder}/2`] });
    assert.match(windows[0], /"records":4,.*"top":\[\["a",1\],\["b",1\],\["c",1\],\["d",1\]\]/);
    await Deno.writeTextFile(`${folder}/1`, "{");
    await assert.rejects(count("", { files: [`${folder}/1`], format: "kcat" }), {
      message: `${folder}/1:1: the line is not JSON: wanted an envelope of kcat -C -J`,
    });
    for (const path of [`${folder}/missing`, folder]) {
      await assert.rejects(count("", { files: [path] }), (error: Error) => {
        assert.equal(error.message, `cannot read "${path}"`);
        assert.ok(error.cause instanceof Error);
        return true;
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("runCount() reads compressed files and standard input, and names a file that it refuses", async () => {
  const folder = await Deno.makeTempDir();
  const write = async (name: string, bytes: Uint8Array) => {
    await Deno.writeFile(`${folder}/${name}`, bytes);
    return `${folder}/${name}`;
  };
  try {
    const gzip = gzipSync("a,b\n");
    const files = [
      await write("1", Buffer.concat([gzip, gzip])),
      "-",
      await write("2.txt", zstdCompressSync("c\n")),
    ];
    const stdin = ReadableStream.from([new Uint8Array(gzip)]);
    const { windows } = await count("", { files, stdin });
    assert.match(windows[0], /"records":4,.*"top":\[\["a",3\],\["b",3\],\["c",1\]\]/);

    const dump = gzipSync(`\ufeff${envelopes([{ ts: 1, payload: "a" }])}`);
    const joined = await write("dump", Buffer.concat([dump, dump]));
    const kcat = await count("", { files: [joined], format: "kcat" });
    assert.match(kcat.windows[0], /"records":2,.*"top":\[\["a",2\]\]/);

    const refused: [Uint8Array, RegExp][] = [
      [gzip.subarray(0, 15), /^unexpected end of file$/],
      [zstdCompressSync("a,b\n").subarray(0, 12), /^unexpected end of file$/],
      [Buffer.from("\ufeffa,b\n", "utf16le"), /^it is UTF-16/],
      [Buffer.from("a\0b"), /^it is binary/],
    ];
    for (const [bytes, cause] of refused) {
      const path = await write("refused", bytes);
      await assert.rejects(count("", { files: [path] }), (error: Error) => {
        assert.equal(error.message, `cannot read "${path}"`);
        assert.match((error.cause as Error).message, cause);
        return true;
      });
    }
    const rules = { ...RULES, split: { kind: "separator", separator: "\0" } } as const;
    assert.match((await count("a\0b", { rules })).windows[0], /"words":2/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("runCount() skips and reports lines that are too large", async () => {
  const { windows, logged } = await count("abc\nab\nabcd\n", {
    reading: readingRules({ maxRecordBytes: 2 }),
  });
  assert.match(windows[0], /"records":1,.*"top":\[\["ab",1\]\]/);
  assert.deepEqual(logged, [["skipped records", {
    too_large: 2,
  }]]);
});

Deno.test("runCount() runs the window over envelopes, up to the one that ends with the last pane", async () => {
  const input = envelopes([{ ts: 2_000, payload: "b" }, { ts: 1, payload: "a" }, {
    ts: 3_999,
    payload: "b",
  }]);
  const window = { lengthMs: 4_000, slideMs: 2_000, maxWords: 1_000 };
  const { windows } = await count(input, { format: "kcat", window });
  assert.deepEqual(windows, [
    '{"window_start":-2000,"window_end":2000,"records":1,"words":1,"distinct":1,"error":0,"top":[["a",1]]}',
    '{"window_start":0,"window_end":4000,"records":3,"words":3,"distinct":2,"error":0,"top":[["b",2],["a",1]]}',
  ]);
});

Deno.test("runCount() prints windows of envelopes as the console shows them", async () => {
  const { output } = await count(envelopes([{ ts: 1, payload: "it's" }]), { format: "kcat", output: "text" });
  assert.match(output, /^-{43}\nTime: \d{4}-\d\d-\d\d \d\d:\d\d:02\n-{43}\n\("it's", 1\)\n\n$/);
});

Deno.test("runCount() reports the error of counts when there are more words than max_words", async () => {
  const window = { lengthMs: 2_000, slideMs: 2_000, maxWords: 2 };
  const message =
    "counts may be too high: there are more words than window.max_words or window.max_word_bytes";
  const { windows, logged } = await count("a,a,b,b,b,c", { window });
  assert.deepEqual(JSON.parse(windows[0]), {
    window_start: null,
    window_end: null,
    records: 1,
    words: 6,
    distinct: 2,
    error: 3,
    top: [["b", 3], ["c", 3]],
  });
  assert.deepEqual(logged, [[message, { by: 3 }]]);
  const input = envelopes([{ ts: 0, payload: "a,b,c,c,d,d" }, { ts: 2_000, payload: "a,b" }]);
  const kcat = await count(input, { format: "kcat", window });
  assert.deepEqual(kcat.windows.map((window) => JSON.parse(window).error), [3, 0]);
  assert.deepEqual(kcat.logged, [[message, { by: 3 }]]);
});

Deno.test("runCount() counts keys where words come from the key", async () => {
  const input = envelopes([{ ts: 1, key: "k", payload: "p" }, { ts: 1, payload: "p" }]);
  const { windows } = await count(input, {
    format: "kcat",
    reading: readingRules({ from: { kind: "key" } }),
  });
  assert.match(windows[0], /"records":2,"words":1,.*"top":\[\["k",1\]\]/);
});

Deno.test("runCount() counts the field of a path in JSON, and reports invalid JSON", async () => {
  const reading = readingRules({ from: { kind: "field", path: "$.m" } });
  const lines = '{"m":"a,b"}\n\n{"m":["a","\\u0063"]}\n{}\n{"m":"a"\nnull\n{"m":1}';
  const skipped = { invalid_json: 2 };
  for (const chunkBytes of [1, 7, 1_000]) {
    const { windows, logged } = await count(lines, { reading, chunkBytes });
    assert.match(windows[0], /"records":5,"words":5,.*"top":\[\["a",2\],\["1",1\],\["b",1\],\["c",1\]\]/);
    assert.deepEqual(logged, [["skipped records", skipped]]);
  }
  const input = envelopes(lines.split("\n").map((payload) => ({ ts: 1, key: "{}", payload })));
  const { windows, logged } = await count(input, { reading, format: "kcat" });
  assert.match(windows[0], /"records":5,"words":5,.*"top":\[\["a",2\],/);
  assert.deepEqual(logged, [["skipped records", skipped]]);
});

Deno.test("runCount() skips and reports envelopes without a timestamp, and too large ones", async () => {
  const { windows, logged } = await count(
    envelopes([
      { ts: -1, payload: "a" },
      { ts: 1, payload: "b" },
      { ts: 1, key: "123", payload: "45678901" },
      { payload: "c" },
      { ts: 1, payload: "d" },
    ]),
    { format: "kcat", reading: readingRules({ maxRecordBytes: 10 }) },
  );
  assert.match(windows[0], /"records":2,.*"top":\[\["b",1\],\["d",1\]\]/);
  assert.deepEqual(logged, [["skipped records", {
    no_timestamp: 2,
    too_large: 1,
  }]]);
});

Deno.test("runCount() emits nothing when no envelope counts", async () => {
  assert.equal((await count("", { format: "kcat" })).output, "");
  assert.equal((await count(envelopes([{ payload: "a" }]), { format: "kcat" })).output, "");
});

/** A partition's records: time goes on, with disorder and gaps. */
const partition = fc.array(
  fc.record({
    advanceMs: fc.oneof(
      { weight: 20, arbitrary: fc.nat(40) },
      { weight: 1, arbitrary: fc.integer({ min: 100, max: 1_000_000 }) },
    ),
    disorderMs: fc.nat(60),
    payload: fc.option(
      fc.array(fc.constantFrom("a", "b", " c ", "d", "é", "z", "", "\ud83d\ude00", "\uff5e"), {
        maxLength: 5,
      }),
      { freq: 8 },
    ),
  }),
  { maxLength: 60, size: "max" },
);

/** Each window that has records, counted anew from all records. */
function recount(
  records: readonly Envelope[],
  { lengthMs, slideMs, top }: { lengthMs: number; slideMs: number; top: number },
): string[] {
  const paneOf = (ts: number) => Math.floor(ts / slideMs) * slideMs;
  const panes = records.map(({ ts = NaN }) => paneOf(ts));
  const ends = new Set(panes.flatMap((pane) => {
    return Array.from({ length: lengthMs / slideMs }, (_, i) => pane + (i + 1) * slideMs);
  }));
  const lastEnd = Math.max(...panes) + slideMs;
  const windows = [...ends].filter((end) => end <= lastEnd).sort((a, b) => a - b);
  return windows.map((end) => {
    const inside = records.filter(({ ts = NaN }) => ts >= end - lengthMs && ts < end);
    const words = inside.flatMap(({ payload }) => (payload ?? "").split(",").map((word) => word.trim()))
      .filter((word) => word !== "");
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const sorted = [...counts].sort(([a, n], [b, m]) =>
      m - n || Buffer.compare(Buffer.from(a), Buffer.from(b))
    );
    return JSON.stringify({
      window_start: end - lengthMs,
      window_end: end,
      records: inside.length,
      words: words.length,
      distinct: counts.size,
      error: 0,
      top: sorted.slice(0, top),
    });
  });
}

Deno.test("runCount() equals a naive recount for any stream, window length and slide", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(partition, { minLength: 1, maxLength: 4 }),
      fc.record({
        slideMs: fc.integer({ min: 1, max: 50 }),
        panes: fc.integer({ min: 1, max: 20 }),
        startMs: fc.constantFrom(0, 7, 1_763_805_540_000),
        top: fc.integer({ min: 1, max: 8 }),
        chunkBytes: fc.integer({ min: 1, max: 500 }),
      }),
      async (partitions, { slideMs, panes, startMs, top, chunkBytes }) => {
        const records = partitions.flatMap((steps, partition) => {
          let time = startMs;
          return steps.map(({ advanceMs, disorderMs, payload }) => {
            time += advanceMs;
            return { partition, ts: Math.max(0, time - disorderMs), payload: payload?.join(",") ?? null };
          });
        });
        const window = { lengthMs: panes * slideMs, slideMs, maxWords: 1_000 };
        const { windows } = await count(envelopes(records), { format: "kcat", window, top, chunkBytes });
        assert.deepEqual(windows, recount(records, { ...window, top }));
      },
    ),
    { numRuns: 200 },
  );
});
