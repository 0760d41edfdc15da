// Compares AvroReader with avsc on random schemas and values.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { isDeepStrictEqual } from "node:util";
import avsc from "avsc";
import { AvroReader } from "../../lib/formats/avro/avro_reader.ts";
import { parseAvroSchema } from "../../lib/formats/avro/avro_schema.ts";
import { WantedPlan } from "../../lib/formats/schema/wanted_plan.ts";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { type AvroJson, plainValue, RandomSchema, randomValue } from "../formats/avro/random_avro.ts";
import { foundInAll, referencePaths, selectReference, wantedOf } from "../formats/json/reference_json.ts";
import { damaged } from "../formats/schema/damage.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

const SCHEMAS = 200;
const RECORDS_PER_SCHEMA = soakLength({ short: 40, long: 5_000 });
/** Records that are read at once. */
const BLOCK = 10;
const WALKED = [
  "$",
  "$.message",
  "$.a",
  "$.a.b",
  "$.b[1]",
  "$.a.a.message",
  "$.id",
  "$.a['ä']",
  "$.ab[0].b",
  "$[0]",
];
const MADE = ["$.a[-1]", "$.*", "$.b.*", "$['a','message']", "$.ab[*].message"];

/** avsc's own longs are not exact from 2^52 on. */
const EXACT_LONG = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (long: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(long);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => a === b ? 0 : a < b ? -1 : 1,
});

Deno.test("AvroReader.read() finds what avsc decodes, and no more than it in damaged records", () => {
  const random = seededRandom(soakSeed("AvroReader.read()"), 0);
  const seen = { valid: 0, damagedValid: 0, damaged: 0 };
  for (let n = 0; n < SCHEMAS; n++) {
    const schema = new RandomSchema(random).make();
    const type = avsc.Type.forSchema(schema as avsc.Schema, {
      wrapUnions: true,
      registry: { long: EXACT_LONG },
    });
    const readers = [WALKED, MADE].map((texts) => {
      const wanted = wantedOf(texts);
      return {
        paths: referencePaths(wanted),
        reader: new AvroReader(parseAvroSchema(JSON.stringify(schema)).type, new WantedPlan(wanted)),
      };
    });
    for (let m = 0; m < RECORDS_PER_SCHEMA; m += BLOCK) {
      const { paths, reader } = readers[m % (4 * BLOCK) === 0 ? 1 : 0];
      const values = Array.from({ length: BLOCK }, () => randomValue(schema, random));
      const records: Uint8Array[] = values.map(({ avsc: value }) => type.toBuffer(value));
      for (const [row, found] of foundInAll(records, reader, paths.length).entries()) {
        seen.valid++;
        assertSame(found, selectReference(values[row].json, paths), { schema, bytes: records[row] });
      }
      const changed = records.map((bytes) => damaged(bytes, random));
      for (const [row, found] of foundInAll(changed, reader, paths.length).entries()) {
        seen.damaged++;
        if (found === undefined) continue;
        seen.damagedValid++;
        const bytes = changed[row];
        const wanted = selectReference(plainValue(schema, type.fromBuffer(Buffer.from(bytes))), paths);
        assertSame(found, wanted, { schema, bytes });
      }
    }
  }
  console.log(`${SCHEMAS} schemas: ${JSON.stringify(seen)}`);
  assert.ok(seen.damagedValid > seen.damaged / 20, JSON.stringify(seen));
  assert.ok(seen.damagedValid < seen.damaged, JSON.stringify(seen));
});

function assertSame(
  found: unknown,
  wanted: unknown,
  given: { readonly schema: AvroJson; readonly bytes: Uint8Array },
) {
  if (isDeepStrictEqual(found, wanted)) return;
  assert.deepEqual(found, wanted, `${JSON.stringify(given.schema)} in ${JSON.stringify([...given.bytes])}`);
}
