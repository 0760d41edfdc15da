import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { JsonValues } from "../../lib/formats/json/json_values.ts";
import { randomRecord } from "../formats/json/random_json.ts";
import { foundInAll, referencePaths, referenceValues, wantedOf } from "../formats/json/reference_json.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

const RECORDS = soakLength({ short: 50_000, long: 1_000_000 });
/** As in a run of records. */
const RECORDS_PER_BLOCK = 250;
/** All of the first set are found in one pass, without parsing the record. */
const SKIMMED = [
  "$.message",
  "$",
  "$.a.b",
  "$.a",
  "$.b[1]",
  "$.a[0]",
  "$['ä']['']",
  "$[0]",
  "$[1].message",
  "$.length",
];
const PARSED = ["$.a[-1]", "$[*]", "$['a','message'][1:]", "$.message"];

Deno.test("JsonValues.read() finds what JSON.parse finds for all paths at once, in valid and damaged records", () => {
  const random = seededRandom(soakSeed("JsonValues.read()"), 0);
  const readers = [SKIMMED, PARSED].map((texts) => {
    const wanted = wantedOf(texts);
    return {
      paths: referencePaths(wanted),
      values: new JsonValues(wanted),
    };
  });
  const seen = { invalid: 0, nothing: 0, some: 0 };
  for (let block = 0; block < RECORDS / RECORDS_PER_BLOCK; block++) {
    // No record begins with a zero, which would make it a frame.
    const records = Array.from({ length: RECORDS_PER_BLOCK }, () => randomRecord(random))
      .filter((record) => record[0] !== 0);
    const { paths, values } = readers[block % 8 === 0 ? 1 : 0];
    const found = foundInAll(records, values, paths.length);
    records.forEach((record, row) => {
      const wanted = referenceValues(record, paths);
      if (!isDeepStrictEqual(found[row], wanted)) {
        assert.deepEqual(found[row], wanted, `in ${JSON.stringify([...record])}`);
      }
      const isNothing = wanted?.every((value) =>
        typeof value === "object" && value.kind === "nothing" || value === wanted[1]
      );
      seen[wanted === undefined ? "invalid" : isNothing ? "nothing" : "some"]++;
    });
  }
  console.log(`${RECORDS} records: ${JSON.stringify(seen)}`);
  for (const count of Object.values(seen)) assert.ok(count > RECORDS / 10, JSON.stringify(seen));
});
