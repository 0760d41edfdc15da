import assert from "node:assert/strict";
import { jsonpath } from "json-p3";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { JsonTexts } from "../../lib/formats/json/json_texts.ts";
import { randomRecord } from "../formats/json/random_json.ts";
import { assertSameTexts, foundTexts, referenceTexts } from "../formats/json/reference_json.ts";
import { soakLength, soakSeed } from "./soak_length.ts";

const RECORDS = soakLength({ short: 50_000, long: 1_000_000 });
/** The first four paths find their values without parsing the record. */
const PATHS = ["$.message", "$", "$.a.b", "$['ä']['']", "$.a[-1]", "$[*]", "$['a','message'][1:]"];

Deno.test("JsonTexts.add() finds what JSON.parse finds, in valid and damaged records", () => {
  const random = seededRandom(soakSeed("JsonTexts.add()"), 0);
  const readers = PATHS.map((path) => ({ path: jsonpath.compile(path), texts: new JsonTexts(path) }));
  const seen = { invalid: 0, none: 0, some: 0 };
  for (let n = 0; n < RECORDS; n++) {
    const record = randomRecord(random);
    // Use the first path for most records, and another one for each record too.
    for (const index of [0, 1 + n % (PATHS.length - 1)]) {
      const { path, texts } = readers[index];
      const wanted = referenceTexts(record, path);
      const found = foundTexts(record, texts);
      assertSameTexts(found, wanted);
      seen[wanted === undefined ? "invalid" : wanted.length === 0 ? "none" : "some"]++;
    }
  }
  console.log(`${RECORDS} records: ${JSON.stringify(seen)}`);
  for (const count of Object.values(seen)) assert.ok(count > RECORDS / 8, JSON.stringify(seen));
});
