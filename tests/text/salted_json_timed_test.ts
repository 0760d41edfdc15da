import assert from "node:assert/strict";
import { FoundValues } from "../../lib/formats/found_values.ts";
import { JsonValues } from "../../lib/formats/json/json_values.ts";
import { JsonValue } from "../../lib/text/json_value.ts";
import { parseSalted } from "../../lib/text/salted_json.ts";
import { median } from "../oracle/median.ts";
import { idleMachineMs } from "../machine/process_cpu.ts";

const STRINGS = 50_000;
const ROUNDS = 5;
/** JSON.parse takes fifty times as long, and more with each round. */
const MAX_RATIO = 5;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
/** The engine's hash of a short number is the number; these differ in their upper bits only. */
const colliding = Array.from({ length: STRINGS }, (_, i) => `"${100_000_000 + i * 2 ** 13}"`);
const spread = Array.from({ length: STRINGS }, (_, i) => `"${100_000_000 + i * 7_919}"`);

/** The same strings in one text, and in many texts: the engine remembers them from one to the next. */
const FORMS: Readonly<Record<string, (strings: readonly string[]) => readonly string[]>> = {
  "values of one array": (strings) => [`[${strings}]`],
  "values of many records": (strings) =>
    Array.from({ length: STRINGS / 5 }, (_, i) => `{"tags":[${strings.slice(i * 5, i * 5 + 5)}]}`),
  "names of one object": (strings) => [`{${strings.map((string) => `${string}:0`)}}`],
};

const READERS: Readonly<Record<string, (texts: readonly Uint8Array[]) => void>> = {
  "parseSalted()": (texts) => {
    for (const text of texts) parseSalted(text);
  },
  "JsonValues.read()": (texts) => {
    const values = new JsonValues([{ path: "$.tags[*]", elements: true }]);
    const found = new FoundValues(1);
    for (const text of texts) {
      found.reset(text, 1);
      values.begin(text, text.length);
      values.read(0, text.length, found, 0);
    }
  },
  "JsonValue.parse()": (texts) => {
    for (const text of texts) JsonValue.parse(new TextDecoder().decode(text)).at("tags", 0);
  },
};

for (const [reader, read] of Object.entries(READERS)) {
  for (const [form, textsOf] of Object.entries(FORMS)) {
    Deno.test(`${reader} is as fast on strings that collide in the engine's hash: ${form}`, () => {
      const [hostile, plain] = [colliding, spread].map((strings) => textsOf(strings).map(encode));
      const ratios = Array.from({ length: ROUNDS }, () => msOf(read, hostile) / msOf(read, plain));
      assert.ok(median(ratios) < MAX_RATIO, `${median(ratios)} times as long`);
    });
  }
}

function msOf(read: (texts: readonly Uint8Array[]) => void, texts: readonly Uint8Array[]): number {
  const startMs = idleMachineMs();
  read(texts);
  return idleMachineMs() - startMs;
}
