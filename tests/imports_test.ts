// Imports point one way: what is below knows nothing of what is above.

import assert from "node:assert/strict";
import { walk } from "./walk.ts";

const ROOT = new URL("../", import.meta.url);

/** What the files of a folder of `lib/` may import of ours, beside their own folder. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "lib/words": [],
  "lib/window": [],
  "lib/rate": [],
  "lib/source": [
    "lib/clock.ts",
    "lib/log.ts",
    "lib/outage.ts",
    "lib/task_group.ts",
    "lib/wakeup.ts",
    "lib/kafka",
    "lib/state/snapshot.ts",
  ],
  "lib/state": ["lib/clock.ts", "lib/log.ts", "lib/outage.ts", "lib/window", "lib/words/word_store.ts"],
  "lib/kafka": [
    "lib/clock.ts",
    "lib/log.ts",
    "lib/task_group.ts",
    "lib/wakeup.ts",
    "lib/source/records.ts",
    "lib/source/partition_queue.ts",
  ],
  "lib/sink": [
    "lib/clock.ts",
    "lib/escape.ts",
    "lib/local_time.ts",
    "lib/log.ts",
    "lib/outage.ts",
    "lib/wakeup.ts",
    "lib/kafka",
    "lib/window/window_result.ts",
  ],
  "lib/systemd": ["lib/clock.ts", "lib/log.ts", "lib/escape.ts", "lib/sink/console.ts"],
  "lib/http": [
    "lib/clock.ts",
    "lib/metrics.ts",
    "lib/source/source.ts",
    "lib/wakeup.ts",
    "lib/page/document.ts",
  ],
  "lib/page": [
    "lib/clock.ts",
    "lib/config/duration.ts",
    "lib/escape.ts",
    "lib/fingerprint.ts",
    "lib/kafka/back_off.ts",
  ],
  "lib/config": [
    "lib/errors.ts",
    "lib/kafka/topic_name.ts",
    "lib/words/json_path.ts",
    "lib/words/segmenter.ts",
  ],
  "lib/check": [
    "lib/clock.ts",
    "lib/config",
    "lib/configured_security.ts",
    "lib/errors.ts",
    "lib/escape.ts",
    "lib/kafka",
    "lib/local_time.ts",
    "lib/source/commit_metadata.ts",
    "lib/source/topic_watch.ts",
    "lib/version.ts",
  ],
  "lib/top": [
    "lib/clock.ts",
    "lib/escape.ts",
    "lib/fingerprint.ts",
    "lib/local_time.ts",
    "lib/terminal.ts",
    "lib/wakeup.ts",
  ],
};

/** Files of `lib/` itself; those not named may import everything. */
const FILE_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "lib/clock.ts": [],
  "lib/errors.ts": [],
  "lib/wakeup.ts": ["lib/clock.ts"],
  "lib/task_group.ts": [],
  "lib/terminal.ts": [],
  "lib/source/records.ts": [],
  "lib/escape.ts": [],
  "lib/fingerprint.ts": [],
  "lib/local_time.ts": [],
  "lib/log.ts": ["lib/clock.ts", "lib/escape.ts", "lib/local_time.ts"],
};

/** The only importers of a package. */
const ONLY_IN: readonly (readonly [RegExp, RegExp])[] = [
  [/^kafkajs/, /^lib\/kafka\//],
  [/^bcryptjs$/, /^lib\/http\//],
  [/^prom-client$/, /^lib\/metrics\.ts$/],
  [/^zod$/, /^lib\/config\//],
  [/^yaml$/, /^lib\/config\//],
  [/^json-p3$/, /^lib\/words\/json_path\.ts$/],
  [/^uplot$/, /^lib\/page\/line_chart\.ts$/],
];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

async function importsOf(file: string): Promise<Import[]> {
  const text = await Deno.readTextFile(new URL(file, ROOT));
  const found = text.matchAll(/^(?:import|export)\b[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm);
  return [...found].map(([, from, bare]) => ({ file, specifier: from ?? bare }));
}

function resolve({ file, specifier }: Import): string {
  const url = new URL(specifier, new URL(file, ROOT));
  return url.href.slice(ROOT.href.length);
}

const files = (await walk(new URL("lib/", ROOT))).map((url) => url.slice(ROOT.href.length));
const imports = (await Promise.all([...files, "main.ts", "mod.ts"].map(importsOf))).flat();

Deno.test("imports: each folder of lib imports only what is below it", () => {
  for (const each of imports) {
    if (!each.specifier.startsWith(".")) continue;
    const target = resolve(each);
    const folder = each.file.slice(0, each.file.lastIndexOf("/"));
    const allowed = FILE_MAY_IMPORT[each.file] ?? MAY_IMPORT[folder];
    if (allowed === undefined || (target.startsWith(`${folder}/`) && !(each.file in FILE_MAY_IMPORT))) {
      continue;
    }
    assert.ok(
      allowed.some((one) => target === one || target.startsWith(`${one}/`)),
      `${each.file} imports ${target}`,
    );
  }
});

Deno.test("imports: a package that is wrapped is imported by its wrapper alone", () => {
  for (const { file, specifier } of imports) {
    for (const [name, only] of ONLY_IN) {
      if (name.test(specifier)) assert.match(file, only, `${file} imports ${specifier}`);
    }
  }
});

Deno.test("imports: there is no cycle", () => {
  const graph = new Map<string, string[]>();
  for (const each of imports) {
    if (!each.specifier.startsWith(".")) continue;
    graph.set(each.file, [...(graph.get(each.file) ?? []), resolve(each)]);
  }
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]) => {
    assert.ok(!path.includes(file), [...path, file].join(" -> "));
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
});

Deno.test("lib/clock.ts alone reads a clock, main.ts alone exits", async () => {
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    assert.doesNotMatch(text, /Deno\.exit|process\.exit\(/, file);
    // The built page holds the clock too.
    if (file === "lib/clock.ts" || file === "lib/page/document.ts") continue;
    assert.doesNotMatch(text, /Date\.now\(|performance\.now\(|new Date\(\)/, file);
  }
});
