// Tests the fuzzer itself: it finds faults, minimises them and reproduces them.

import assert from "node:assert/strict";
import { encodeAll, type FuzzTarget } from "./fuzz_target.ts";
import { fuzz, type FuzzReport } from "./fuzzer.ts";
import { inputAt, MAX_INPUT_BYTES } from "./input_at.ts";
import { idleMachineMs } from "../machine/process_cpu.ts";

const SEED = 3;
const INPUTS = 2_000;

function targetThat(run: (bytes: Uint8Array) => void): FuzzTarget {
  return { name: "nothing-kept", seedCorpus: encodeAll(["some words, and 12 more"]), run };
}

async function report(target: FuzzTarget, from = 0, inputs = INPUTS): Promise<FuzzReport> {
  const plan = { target: target.name, seed: SEED, from, inputs, durationMs: Infinity };
  return await fuzz(target, plan, () => {});
}

Deno.test("fuzz() finds an input that fails, minimises it, and reproduces it by its number", async () => {
  const target = targetThat((bytes) => {
    if (bytes.includes(0xff)) throw new RangeError("no such byte");
  });
  const { finding } = await report(target);
  assert.ok(finding !== undefined);
  assert.match(finding.message, /RangeError: no such byte/);
  assert.deepEqual(finding.input, Uint8Array.of(0xff));
  const again = await report(target, finding.iteration, 1);
  assert.equal(again.finding?.iteration, finding.iteration);
});

Deno.test("fuzz() finds an input that takes too long", async () => {
  const target = targetThat((bytes) => {
    const endMs = idleMachineMs() + (bytes.length > 30 ? 60 : 0);
    while (idleMachineMs() < endMs);
  });
  const { finding } = await report({ ...target, maxMs: 50 });
  assert.match(finding?.message ?? "", /^it takes [0-9]+ ms, wanted at most 50$/);
});

Deno.test("fuzz() finds an input that takes too much memory", async () => {
  const target = targetThat((bytes) => {
    if (bytes[0] === 0) new Uint8Array(100 << 20).fill(1, 0, 1);
  });
  const { finding } = await report(target, 0, 20_000);
  // A collection of garbage in between makes it less than was taken.
  assert.match(finding?.message ?? "", /^it takes \d+ MiB, wanted at most 64/);
});

Deno.test("fuzz() begins with the corpus and finds nothing in a correct target", async () => {
  const seen: string[] = [];
  const { finding, inputs } = await report(targetThat((bytes) => seen.push(new TextDecoder().decode(bytes))));
  assert.equal(finding, undefined);
  assert.equal(inputs, INPUTS);
  assert.equal(seen[0], "some words, and 12 more");
  assert.ok(new Set(seen).size > INPUTS / 2);
});

Deno.test("inputAt() returns the same input for a seed and a number, within the length limit", () => {
  const target = targetThat(() => {});
  const corpus = target.seedCorpus;
  for (let iteration = 0; iteration < INPUTS; iteration++) {
    const input = inputAt(target, corpus, { seed: SEED, iteration });
    assert.ok(input.length <= MAX_INPUT_BYTES);
    assert.deepEqual(inputAt(target, corpus, { seed: SEED, iteration }), input);
  }
});
