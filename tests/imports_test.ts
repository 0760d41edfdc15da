// Imports point one way: a file knows its own folder and the floors below it, and nothing else.

import assert from "node:assert/strict";
import { walk } from "./walk.ts";

const ROOT = new URL("../", import.meta.url);

/** From the ground up. Folders on one floor do not know each other; a file named here stands apart from its folder. */
const FLOORS: readonly (readonly string[])[] = [
  ["deno.json"],
  ["lib/async", "lib/bytes", "lib/version.ts"],
  ["lib/text"],
  ["lib/http_client", "lib/log", "lib/rate"],
  ["lib/records", "lib/window", "lib/words"],
  ["lib/formats", "lib/trends"],
  ["lib/formats/json"],
  ["lib/formats/schema"],
  ["lib/formats/avro", "lib/formats/protobuf"],
  ["lib/extraction", "lib/registry"],
  ["lib/kafka/integers.ts", "lib/kafka/topic_name.ts", "lib/kafka/topic_partition.ts"],
  ["lib/kafka/compression"],
  ["lib/kafka/wire"],
  ["lib/kafka/connection"],
  ["lib/kafka"],
  ["lib/kafka/fetch", "lib/kafka/group", "lib/kafka/produce"],
  ["lib/config", "lib/snapshot"],
  ["lib/source", "lib/tokens"],
  ["lib/source/kafka", "lib/source/lines", "lib/source/synthetic"],
  ["lib/metrics", "lib/page", "lib/pipeline", "lib/systemd", "lib/top"],
  ["lib/http", "lib/merge", "lib/otlp"],
  ["lib/settings"],
  ["lib/check", "lib/sink"],
  ["lib/daemon"],
  ["lib/cli"],
  ["main.ts", "mod.ts"],
];

/** The only importers of a package. */
const ONLY_IN: readonly (readonly [RegExp, RegExp])[] = [
  [/^kafkajs/, /^lib\/kafka\//],
  [/^aws4fetch$/, /^lib\/tokens\/msk_token\.ts$/],
  [/^bcryptjs$/, /^lib\/http\//],
  [/^prom-client$/, /^lib\/metrics\/metrics\.ts$/],
  [/^zod$/, /^lib\/(?:config\/|snapshot\/snapshot_codec\.ts$)/],
  [/^yaml$/, /^lib\/config\//],
  [/^json-p3$/, /^lib\/formats\/json\/json_path\.ts$/],
  [/^protobufjs/, /^lib\/formats\/protobuf\/(?:protobufjs|protobuf_type|proto_files)\.ts$/],
  [/^eventsource-parser$/, /^lib\/top\/event_parser\.ts$/],
  [/^string-width$/, /^lib\/top\/cell_width\.ts$/],
  [/^preact/, /^lib\/page\//],
  [/^uplot$/, /^lib\/page\/line_chart\.ts$/],
];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

async function importsOf(file: string): Promise<Import[]> {
  const text = await Deno.readTextFile(new URL(file, ROOT));
  const found = text.matchAll(
    /^(?:import|export)\b[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  return [...found].map(([, from, bare, late]) => ({ file, specifier: from ?? bare ?? late }));
}

function resolve({ file, specifier }: Import): string {
  const url = new URL(specifier, new URL(file, ROOT));
  return url.href.slice(ROOT.href.length);
}

const files = (await walk(new URL("lib/", ROOT))).map((url) => url.slice(ROOT.href.length));
const imports = (await Promise.all([...files, "main.ts", "mod.ts"].map(importsOf))).flat();

/** The floor of a file and its room there: the file itself where it is named, else its folder. */
function roomOf(file: string): { readonly name: string; readonly floor: number } | undefined {
  for (const name of [file, file.slice(0, file.lastIndexOf("/"))]) {
    const floor = FLOORS.findIndex((rooms) => rooms.includes(name));
    if (floor >= 0) return { name, floor };
  }
  return undefined;
}

Deno.test("imports: every file of lib has a room, and nothing but version.ts is loose", () => {
  for (const file of files) assert.ok(roomOf(file), `${file} has no room: name its folder in FLOORS`);
  assert.deepEqual(files.filter((file) => /^lib\/[^/]+$/.test(file)), ["lib/version.ts"]);
});

Deno.test("imports: a file imports its own room and the floors below", () => {
  const upward = imports.filter((each) => each.specifier.startsWith(".")).filter((each) => {
    const from = roomOf(each.file);
    const to = roomOf(resolve(each));
    return !from || !to || (to.floor >= from.floor && to.name !== from.name);
  });
  assert.deepEqual(upward.map((each) => `${each.file} imports ${resolve(each)}`), []);
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

Deno.test("lib/async/clock.ts alone reads a clock, main.ts alone exits", async () => {
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    assert.doesNotMatch(text, /Deno\.exit|process\.exit\(/, file);
    // The built page holds the clock too.
    if (file === "lib/async/clock.ts" || file === "lib/http/page_document.ts") continue;
    assert.doesNotMatch(text, /Date\.now\(|performance\.now\(|new Date\(\)/, file);
  }
});

/** The page's code runs in a browser. */
const SET_TIMERS = /^lib\/(?:async\/clock\.ts$|page\/|http\/page_document\.ts$)/;

Deno.test("lib/async/clock.ts alone sets timers", async () => {
  for (const file of files.filter((file) => !SET_TIMERS.test(file))) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    assert.doesNotMatch(text, /setTimeout\(|setInterval\(|AbortSignal\.timeout\(/, file);
  }
});
