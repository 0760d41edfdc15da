// Answers of a schema registry: any text is an answer, or a failure that says why.

import assert from "node:assert/strict";
import { readSchemaAnswer, registryFault } from "../../../lib/registry/registry_answer.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const STATUSES = [200, 404, 401, 403, 500];

export const registryAnswers: FuzzTarget = {
  name: "registry-answers",
  seedCorpus: encodeAll([
    '{"schema":"\\"int\\""}',
    '{"schemaType":"PROTOBUF","schema":"x","references":[{"name":"a","subject":"b","version":1}]}',
    '{"error_code":40403,"message":"Schema not found"}',
    '["JSON","AVRO"]',
    "<html>",
  ]),
  dictionary: encodeAll(['"schema":', '"references":', '"version":', "40402", "null", "__proto__", "[", "{"]),
  run(bytes) {
    const text = new TextDecoder().decode(bytes);
    // One of them for each input: together they would take longer than an input may.
    const status = STATUSES[bytes.length % STATUSES.length];
    const reply = { outcome: { kind: "answer" as const, status, text }, secrets: ["t"] };
    const answer = readSchemaAnswer(reply);
    if (answer.kind === "failure") assert.notEqual(answer.fault.problem, "");
    if (answer.kind === "missing") assert.equal(status, 404);
    if (answer.kind === "schema") {
      assert.equal(status, 200);
      assert.equal(typeof answer.text, "string");
      for (const { name, subject, version } of answer.references) {
        assert.deepEqual([typeof name, typeof subject, typeof version], ["string", "string", "number"]);
      }
    }
    const fault = registryFault(reply);
    if (fault === undefined) assert.equal(status, 200);
  },
};
