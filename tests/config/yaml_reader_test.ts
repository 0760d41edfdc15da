import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import { Places } from "../../lib/config/places.ts";
import { MAX_YAML_BYTES, readYaml, UnreadableYamlError } from "../../lib/config/yaml_reader.ts";

/** A flow mapping of few keys, so that they meet; some of it comes by merging. */
const { mapping } = fc.letrec<{ mapping: string; merge: string }>((tie) => ({
  mapping: fc.tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(9)), {
      selector: ([key]) => key,
      maxLength: 3,
    }),
    fc.option(tie("merge"), { maxDepth: 3 }),
    fc.boolean(),
  ).map(([pairs, merge, isMergeFirst]) => {
    const own = pairs.map(([key, value]) => `${key}: ${value}`);
    const merges = merge === null ? [] : [`<<: ${merge}`];
    return `{${(isMergeFirst ? [...merges, ...own] : [...own, ...merges]).join(", ")}}`;
  }),
  merge: fc.oneof(
    tie("mapping"),
    fc.array(tie("mapping"), { minLength: 1, maxLength: 3 }).map((maps) => `[${maps.join(", ")}]`),
  ),
}));

function read(text: string, problems: string[] = []): unknown {
  return readYaml(text, {
    schema: z.unknown(),
    path: [],
    places: new Places({ file: "test.yaml" }),
    file: "test.yaml",
    report: (_place, path, message) => problems.push(`${path.join(".")}: ${message}`),
  });
}

Deno.test("readYaml() merges like the library, at any depth", () => {
  fc.assert(fc.property(mapping, (text) => {
    const problems: string[] = [];
    assert.deepEqual({ ...read(text, problems) as object }, parse(text, { merge: true }), text);
    assert.deepEqual(problems, [], text);
  }));
});

Deno.test("readYaml() merges aliased mappings; the first one with a key wins", () => {
  const text = "[&a {k: 1}, &b {<<: *a}, &c {k: 2, l: 3}, {<<: [*b, *c]}]";
  const [, , , merged] = read(text) as object[];
  assert.deepEqual({ ...merged }, { k: 1, l: 3 });
});

Deno.test("readYaml() reads 256 KiB and refuses any longer text", () => {
  const atLimit = `[${"a,".repeat(MAX_YAML_BYTES / 2 - 1)}]`;
  assert.equal(atLimit.length, MAX_YAML_BYTES);
  assert.equal((read(atLimit) as unknown[]).length, MAX_YAML_BYTES / 2 - 1);
  for (const text of [`${atLimit} `, "]".repeat(5 * MAX_YAML_BYTES), "ä".repeat(MAX_YAML_BYTES / 2 + 1)]) {
    const problems: string[] = [];
    assert.throws(() => read(text, problems), UnreadableYamlError);
    assert.match(problems.join(), /^: has \d+ bytes, wanted 262144 at most$/);
  }
});

Deno.test("readYaml() reports unmatched closing brackets once", () => {
  const problems: string[] = [];
  assert.throws(() => read("a: b\n" + "]".repeat(10_000) + "\n]]]\n", problems), UnreadableYamlError);
  assert.deepEqual(problems, [': Unexpected flow-seq-end token in YAML stream: "]"']);
});
