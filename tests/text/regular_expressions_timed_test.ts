// Runs each regular expression of lib/ on texts made to be expensive for it. Foreign text must not take more than linear
// time: a search in quadratic time takes seconds on these texts, and one in linear time less than a millisecond.

import assert from "node:assert/strict";
import fc from "fast-check";
import { durationPattern } from "../../lib/text/duration.ts";
import { sizePattern } from "../../lib/text/size.ts";
import { runWithin } from "../../lib/text/time_limit.ts";
import { idleMachineMs } from "../machine/process_cpu.ts";
import { walk } from "../walk.ts";

const LIB = new URL("../../lib/", import.meta.url);
/** So often is a part repeated, which for one of up to four units makes a text of 128 Ki units. */
const REPETITIONS = 32 * 1024;
const MIN_UNITS = 128 * 1024;
const MAX_UNITS = 1024 * 1024;
const MAX_MS = 500;
/** The collector of garbage may interrupt one attempt. */
const ATTEMPTS = 2;
const SEED = 7;
const SAMPLES = 8;
const PUMPS_PER_SAMPLE = 12;
const UNLIKE = "\u0001";
const ATOMS = [..."aA0 _-./:,=\"'\\\n\t\u00e9\u0301\u200b\u2028😀", UNLIKE];

/** Expressions that may take more than linear time, with the reason why they do not matter. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "lib/top/span.ts \\B(?=(\\d{3})+$)": "its text is a number that the program has formatted",
  "lib/text/replacement_template.ts \\$(?:([$&])|(\\d{1,2})|<([^>]*)>)": "its text is in the configuration",
};

/** Expressions that are made by the program. A literal stands for itself; the others are named here by their files. */
const MADE: Readonly<Record<string, readonly RegExp[]>> = {
  "lib/text/size.ts": [new RegExp(sizePattern)],
  "lib/text/duration.ts": [new RegExp(durationPattern)],
  // The escaped characters, of which the literal in the same file is a part.
  "lib/page/visible_word.ts": [],
  // From the configuration: a time limit interrupts them.
  "lib/text/bounded_pattern.ts": [],
  "lib/config/pattern.ts": [],
  "lib/extraction/replacement.ts": [],
  // On one ASCII character each.
  "lib/text/byte_pattern.ts": [],
  // On messages about the configuration, which is the operator's own.
  "lib/config/yaml_reader.ts": [],
};

interface Expression {
  readonly file: string;
  readonly regExp: RegExp;
}

interface Found {
  readonly literals: readonly Expression[];
  /** The files that make expressions. */
  readonly makers: readonly string[];
}

async function findExpressions(): Promise<Found> {
  const literals: Expression[] = [];
  const makers = new Set<string>();
  for (const url of await walk(LIB)) {
    const file = `lib/${url.slice(LIB.href.length)}`;
    if (file === "lib/http/page_document.ts") continue;
    const collect: Deno.lint.Plugin = {
      name: "expressions",
      rules: {
        collect: {
          create: () => ({
            Literal(node) {
              if ("regex" in node && node.regex !== undefined) {
                literals.push({ file, regExp: new RegExp(node.regex.pattern, node.regex.flags) });
              }
            },
            Identifier({ name, parent }) {
              if (name === "RegExp" && /^(?:New|Call)Expression$/.test(parent.type)) makers.add(file);
            },
          }),
        },
      },
    };
    Deno.lint.runPlugin(collect, file, await Deno.readTextFile(new URL(url)));
  }
  return { literals, makers: [...makers].toSorted() };
}

/** Texts in which a part is repeated that the expression matches, or that occurs in its source, and that end in various ways. */
function* expensiveTexts({ source, flags }: RegExp): Generator<string> {
  const runs = source.match(/[A-Za-z0-9 :,'=$-]{2,}/g) ?? [];
  for (const pump of new Set([...ATOMS, ...source, ...runs, ...runs.map((run) => run + UNLIKE)])) {
    for (const head of ["", ...runs.slice(0, 2)]) {
      for (const tail of ["", UNLIKE]) yield head + repeated(pump) + tail;
    }
  }
  const random = fc.sample(fc.infiniteStream(fc.nat(2 ** 30)), { seed: SEED, numRuns: 1 })[0];
  const below = (limit: number) => random.next().value % limit;
  for (const sample of samplesOf(source, flags)) {
    for (let i = 0; i < PUMPS_PER_SAMPLE && sample !== ""; i++) {
      const start = below(sample.length);
      const end = start + 1 + below(Math.min(sample.length - start, i % 2 === 0 ? 3 : sample.length));
      const head = sample.slice(0, start);
      const pump = sample.slice(start, end);
      for (const tail of ["", UNLIKE, sample.slice(end) + UNLIKE]) {
        yield head + repeated(pump) + tail;
      }
    }
  }
}

function repeated(pump: string): string {
  const units = Math.min(MAX_UNITS, Math.max(MIN_UNITS, REPETITIONS * pump.length));
  return pump.repeat(units / pump.length);
}

function samplesOf(source: string, flags: string): string[] {
  try {
    const matching = fc.stringMatching(new RegExp(source, flags.replace(/[gy]/, "")));
    return fc.sample(matching, { seed: SEED, numRuns: SAMPLES }).map((text) => text.slice(0, 100));
  } catch {
    // The generator does not know assertions and classes of Unicode: the characters of the source are left.
    return [];
  }
}

function isInTime(regExp: RegExp, text: string): boolean {
  let timeoutMs = MAX_MS;
  for (let attempt = 0; attempt < ATTEMPTS;) {
    const startMs = idleMachineMs();
    let isDone = false;
    runWithin(timeoutMs, () => {
      if (regExp.global) text.replace(regExp, "");
      else regExp.test(text);
      isDone = true;
    });
    if (isDone) return true;
    // An attempt that mostly waited for a core does not count.
    if (idleMachineMs() - startMs > MAX_MS / 2) attempt++;
    else timeoutMs *= 2;
  }
  return false;
}

/** The beginning of a text that takes the expression too long; undefined if none does. */
function expensiveText(regExp: RegExp): string | undefined {
  for (const text of expensiveTexts(regExp)) {
    if (!isInTime(regExp, text)) return text.slice(0, 60);
  }
  return undefined;
}

Deno.test("expensiveTexts() finds expressions that take more than linear time", () => {
  const expensive = [
    /\/+$/,
    /,+ *$/,
    /(a+)+$/,
    /^basic +.*x.*y/,
    /\s*=\s*$/,
    /-----BEGIN X-----[\s\S]*?-----END X-----/g,
    /\w+@\w+/,
    /^k(\d+)*:/,
  ];
  for (const regExp of expensive) assert.notEqual(expensiveText(regExp), undefined, regExp.source);
  for (const regExp of [/^a+$/, /a+/g, /^[^:]*:.*@/s]) assert.equal(expensiveText(regExp), undefined);
});

Deno.test("lib: each regular expression takes linear time", async () => {
  const { literals, makers } = await findExpressions();
  assert.ok(literals.length > 50);
  assert.deepEqual(makers, Object.keys(MADE).toSorted());
  const made = Object.entries(MADE).flatMap(([file, some]) => some.map((regExp) => ({ file, regExp })));
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const { file, regExp } of [...literals, ...made]) {
    const name = `${file} ${regExp.source}`;
    seen.add(name);
    const text = name in EXCEPTIONS ? undefined : expensiveText(regExp);
    if (text !== undefined) faults.push(`${name} on ${JSON.stringify(text)}…`);
  }
  assert.deepEqual(faults, []);
  for (const name of Object.keys(EXCEPTIONS)) assert.ok(seen.has(name), `${name} is gone`);
});
