// Compares ProtobufReader with protobufjs on random schemas and messages.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import protobuf from "protobufjs";
import { ProtobufReader } from "../../lib/formats/protobuf/protobuf_reader.ts";
import { ProtobufFile } from "../../lib/formats/protobuf/protobuf_type.ts";
import { loadProtobufjs } from "../../lib/formats/protobuf/protobufjs.ts";
import { WantedPlan } from "../../lib/formats/schema/wanted_plan.ts";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { foundInAll, referencePaths, selectReference, wantedOf } from "../formats/json/reference_json.ts";
import { plainMessage, randomFile, randomMessage } from "../formats/protobuf/random_protobuf.ts";
import { damaged } from "../formats/schema/damage.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

await loadProtobufjs();

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
  "$.b['7']",
];
const MADE = ["$.a[-1]", "$.*", "$.b.*", "$['a','message']", "$.ab[*].message"];

Deno.test("ProtobufReader.read() finds what protobufjs decodes, in valid and damaged records", () => {
  const random = seededRandom(soakSeed("ProtobufReader.read()"), 0);
  const seen = { valid: 0, damaged: 0, damagedValid: 0 };
  for (let n = 0; n < SCHEMAS; n++) {
    const text = randomFile(random);
    const type = protobuf.parse(text, { keepCase: true }).root.lookupType("p.M");
    const readers = [WALKED, MADE].map((texts) => {
      const wanted = wantedOf(texts);
      return {
        paths: referencePaths(wanted),
        reader: new ProtobufReader(
          new ProtobufFile({ text, references: [] }).message("p.M"),
          new WantedPlan(wanted),
        ),
      };
    });
    for (let m = 0; m < RECORDS_PER_SCHEMA; m += BLOCK) {
      const { paths, reader } = readers[m % (4 * BLOCK) === 0 ? 1 : 0];
      const records = Array.from({ length: BLOCK }, () => randomMessage(type, random))
        .flatMap((bytes) => [bytes, damaged(bytes, random)]);
      const all = foundInAll(records, reader, paths.length);
      for (const [row, record] of records.entries()) {
        const isDamaged = row % 2 === 1;
        const found = all[row];
        const decoded = decode(type, record);
        seen[isDamaged ? "damaged" : "valid"]++;
        if (found === undefined || decoded === undefined) {
          assert.ok(isDamaged, `${text} in ${JSON.stringify([...record])}`);
          continue;
        }
        if (isDamaged) seen.damagedValid++;
        const wanted = selectReference(plainMessage(type, decoded), paths);
        if (!isDeepStrictEqual(found, wanted)) {
          assert.deepEqual(found, wanted, `${text} in ${JSON.stringify([...record])}`);
        }
      }
    }
  }
  console.log(`${SCHEMAS} schemas: ${JSON.stringify(seen)}`);
  assert.ok(seen.damagedValid > seen.damaged / 20, JSON.stringify(seen));
  assert.ok(seen.damagedValid < seen.damaged, JSON.stringify(seen));
});

function decode(type: protobuf.Type, bytes: Uint8Array): object | undefined {
  try {
    return type.decode(bytes);
  } catch {
    return undefined;
  }
}
