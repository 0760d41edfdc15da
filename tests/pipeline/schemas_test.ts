// Records whose schemas have to be fetched first: their partitions wait, and others continue.

import assert from "node:assert/strict";
import { avroFormat } from "../../lib/formats/avro/avro_format.ts";
import type { KnownSchema, SchemaKey, SchemaSource } from "../../lib/formats/schema/value_schema.ts";
import { fakeBatch } from "../fakes/fake_source.ts";
import { at, rig } from "./pipeline_rig.ts";

const FIELD = { kind: "field", path: "$.m" } as const;
const TYPES = [{ name: "m", type: "string" }, { name: "t", type: "long" }];

/** A record of the schema: its id, a word, and a time below 64. */
function value(id: number, word: string, time = 0): string {
  const [idByte, length, timeByte] = [id, word.length * 2, time * 2].map((byte) => String.fromCharCode(byte));
  return `\0\0\0\0${idByte}${length}${word}${timeByte}`;
}

function schemas() {
  const known = new Map<SchemaKey, KnownSchema>();
  const asked = new Set<SchemaKey>();
  let arrivals = 0;
  let compile = (): KnownSchema => "unusable";
  const source: SchemaSource = {
    kind: "registry",
    open(plan) {
      const text = JSON.stringify({ type: "record", name: "R", fields: TYPES });
      compile = () => avroFormat.compile({ text, references: [] }, plan);
      return {
        get arrivals() {
          return arrivals;
        },
        find(key) {
          if (!known.has(key)) asked.add(key);
          return known.get(key);
        },
        known: (key) => known.get(key),
      };
    },
  };
  return {
    source,
    asked,
    arrive(key: SchemaKey, schema: KnownSchema = compile()) {
      known.set(key, schema);
      arrivals++;
    },
  };
}

Deno.test("Pipeline.turn() asks for the schemas of the records behind one that waits, too", () => {
  const registry = schemas();
  const { source, run } = rig({ reading: { format: "avro", from: FIELD }, schemas: registry.source });
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch(Array.from({ length: 100 }, (_, i) => at(i, 1_000, value(i + 1, "a")))));
  run(1);
  assert.deepEqual([...registry.asked], Array.from({ length: 32 }, (_, i) => i + 1));
  assert.equal(queue.position, 0);
});

Deno.test("Pipeline.turn() waits for schemas that are not known, and other partitions continue", () => {
  const registry = schemas();
  const { source, run, counts } = rig({ reading: { format: "avro", from: FIELD }, schemas: registry.source });
  const [first, second] = source.assign([{}, {}]);
  const records = [at(0, 1_000, value(1, "a")), at(1, 1_000, value(2, "b")), at(2, 1_000, value(3, "c"))];
  first.push(fakeBatch([...records, at(3, 1_000, value(1, "d"))]));
  second.push(fakeBatch([at(0, 1_000, value(4, "e")), at(1, 1_000, null)]));
  run();
  assert.deepEqual([first.position, second.position], [0, 0]);
  registry.arrive(4);
  run();
  assert.deepEqual([first.position, second.position, counts.counted], [0, 2, 2]);
  registry.arrive(1);
  run();
  assert.equal(first.position, 1);
  assert.deepEqual([...registry.asked], [1, 2, 3, 4], "all schemas of a run are asked for at once");
  registry.arrive(2, "unknown");
  registry.arrive(3, "unusable");
  run();
  assert.deepEqual([first.position, counts.counted], [4, 4]);
  assert.deepEqual([counts["skipped unknown_schema"], counts["skipped invalid_avro"]], [1, 1]);
});

Deno.test("Pipeline.turn() skips values without a frame, and those that are not of their schema", () => {
  const registry = schemas();
  const { source, run, counts, closed } = rig({
    reading: { format: "avro", from: FIELD },
    schemas: registry.source,
  });
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([
    at(0, 1_000, "{}"),
    at(1, 1_000, `${value(1, "a")}x`),
    at(2, 1_000, value(1, "ok")),
    at(3, 13_000, null),
  ]));
  run();
  registry.arrive(1);
  run();
  assert.equal(counts["skipped invalid_avro"], 2);
  assert.deepEqual(closed[0].top, [{ word: "ok", count: 1 }]);
});

Deno.test("Pipeline.turn() finds the times of records once their schemas are known", () => {
  const registry = schemas();
  const timestamp = { path: "$.t", format: "unix_ms" } as const;
  const { source, run, counts } = rig({
    slideMs: 10,
    lengthMs: 10,
    reading: { format: "avro", from: FIELD, timestamp },
    schemas: registry.source,
  });
  const [queue] = source.assign([{}]);
  queue.push(fakeBatch([
    at(0, 1, value(1, "a", 1)),
    at(1, 1, value(1, "b", 12)),
    at(2, 1, value(2, "c", 13)),
    at(3, 1, value(1, "d", 40)),
  ]));
  run();
  assert.equal(queue.position, 0);
  registry.arrive(1);
  run();
  assert.equal(queue.position, 2);
  registry.arrive(2, "unknown");
  run();
  assert.deepEqual([queue.position, counts.counted, counts["skipped unknown_schema"]], [4, 3, 1]);
});
