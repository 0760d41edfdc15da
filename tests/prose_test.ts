// Checks the prose of the repository: words that must not come back, links, and names in documents that exist.

import assert from "node:assert/strict";
import { configJsonSchema } from "../lib/config/json_schema.ts";
import { parseConfig } from "../lib/config/load.ts";
import { knownMetrics } from "./monitoring/known_metrics.ts";

const ROOT = new URL("../", import.meta.url);
const MAX_README_LINES = 150;
const MAX_FILE_LINES = 319;

/** Folders and files whose prose is checked. */
const COVERED: readonly string[] = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ".ci",
  ".github",
  "bench",
  "deno.json",
  "deploy",
  "docs",
  "lib",
  "main.ts",
  "mod.ts",
  "monitoring",
  "packaging",
  "systemd",
  "tests",
  "tools",
];

/** Built from other files, which are checked instead. */
const GENERATED =
  /(?:^lib\/config\/config\.ts|^lib\/http\/page_document\.ts|_wasm\.ts|^monitoring\/grafana\/dashboards\/.*\.json)$/;
/** Not text of ours: pictures, recorded input, expected output. */
const NOT_PROSE = /(?:\.png|\.lock|^LICENSE|\/corpus\/.*|^tests\/golden\/(?:top\/.*|multilingual\.txt))$/;

const C_LIKE = /\.(?:tsx?|as|css|c|java|rs)$/;

interface Rule {
  readonly words: string;
  readonly instead: string;
  readonly allowedIn?: RegExp;
}

/** Homely or unclear words. A space stands for any white space, comment marks included. */
const DIALECT: readonly Rule[] = [
  { words: "put(?:s|ting)? out", instead: "emit, write" },
  { words: "strangers?", instead: "unauthenticated client, untrusted input" },
  { words: "whoever", instead: "name the actor: a client, a member, a process" },
  { words: "(?:held|holds?|holding) up", instead: "block, delay" },
  { words: "is well again|all is well|gets? well", instead: "recovered" },
  { words: "befalls?|befell", instead: "happens to" },
  { words: "for good", instead: "permanently" },
  { words: "looked at when", instead: "checked after" },
  { words: "(?:no )?signs? of life", instead: "heartbeat" },
  { words: "(?:earlier|former|first|another|next|each|one) (?:life|lives)", instead: "run, process" },
  { words: "(?:sent|sends?|sending) away", instead: "close" },
  { words: "the door", instead: "TLS and basic auth" },
  { words: "dear(?:er|est)?", instead: "expensive" },
  { words: "to be had|can(?:not)? be had", instead: "available", allowedIn: /troubleshooting/ },
  {
    words: "the recipe(?:'s)?",
    instead: "the Spark lab, with a link to docs/spark-lab.md",
    allowedIn: /spark-lab/,
  },
];

/** The beginning of a sentence that a comment or a document does not have. */
const SENTENCE_START = /(?:^|[.:;!?]\s+)(?:What|Who|Whoever|Of|Whose|With whom)\b(?![^.?]*\?)/g;

async function filesBelow(folder: URL): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (
      name === ".git" || name === ".cache" || name === "node_modules" || name === "rtcount" || name === "dist"
    ) continue;
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) found.push(...await filesBelow(url));
    else found.push(decodeURIComponent(url.href.slice(ROOT.href.length)));
  }
  return found.sort();
}

const files = await filesBelow(ROOT);
const documents = files.filter((file) => file.endsWith(".md"));
const texts = new Map<string, string>();
for (const file of files) {
  if (!NOT_PROSE.test(file)) texts.set(file, await Deno.readTextFile(new URL(file, ROOT)));
}

function textOf(file: string): string {
  const text = texts.get(file);
  assert.ok(text !== undefined, `${file} is missing`);
  return text;
}

function isCovered(file: string): boolean {
  return COVERED.some((one) => file === one || file.startsWith(`${one}/`));
}

/** The prose of a file. Code between comments and strings becomes NUL characters, so that lines keep their numbers. */
function proseOf(file: string): string {
  const text = textOf(file);
  if (!C_LIKE.test(file)) return text;
  const prose = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  let masked = "";
  let end = 0;
  for (const { 0: part, index } of text.matchAll(prose)) {
    masked += text.slice(end, index).replace(/\S/g, "\0") + part;
    end = index + part.length;
  }
  return masked + text.slice(end).replace(/\S/g, "\0");
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** The comments of a file, or the paragraphs of a document, as texts without their marks. */
function* commentsOf(file: string): Generator<{ readonly text: string; readonly line: number }> {
  const prose = proseOf(file);
  const [blocks, marks] = file.endsWith(".md")
    ? [/(?:^[^\n]+\n)+/gm, /^[#\s|>*-]+/gm]
    : C_LIKE.test(file)
    ? [/\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*|\/\*[^]*?\*\//g, /^\s*(?:\/\/|\/?\*+\/?)\s?/gm]
    : [/^[ \t]*#[^\n]*(?:\n[ \t]*#[^\n]*)*/gm, /^\s*#\s?/gm];
  for (const { 0: block, index } of prose.matchAll(blocks)) {
    yield { text: block.replace(marks, "").trim(), line: lineOf(prose, index) };
  }
}

const checked = files.filter((file) => texts.has(file) && isCovered(file) && !GENERATED.test(file));

Deno.test("prose: no word of the list comes back", () => {
  const found: string[] = [];
  for (const file of checked) {
    const prose = proseOf(file);
    for (const { words, instead, allowedIn } of DIALECT) {
      if (allowedIn?.test(file)) continue;
      const pattern = new RegExp(`\\b(?:${words.replaceAll(" ", '[\\s/*#"+`]+')})\\b`, "gi");
      for (const { 0: match, index } of prose.matchAll(pattern)) {
        // This list itself.
        if (file === "tests/prose_test.ts") continue;
        found.push(`${file}:${lineOf(prose, index)}: "${match}", wanted: ${instead}`);
      }
    }
  }
  assert.equal(found.join("\n"), "");
});

Deno.test("prose: no sentence begins with What, Who, Of, Whose or With whom", () => {
  const found: string[] = [];
  for (const file of checked) {
    for (const { text, line } of commentsOf(file)) {
      for (const [match] of text.matchAll(SENTENCE_START)) {
        found.push(`${file}:${line}: "${match.trim()}…"`);
      }
    }
  }
  assert.equal(found.join("\n"), "");
});

Deno.test("documents: relative links lead to a file, and to a heading of it", () => {
  const broken: string[] = [];
  for (const file of documents) {
    for (const [, target] of withoutCode(textOf(file)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path, anchor] = target.split("#");
      const linked = path === "" ? file : new URL(path, new URL(file, ROOT)).href.slice(ROOT.href.length);
      if (!files.includes(linked)) broken.push(`${file}: ${target}`);
      else if (anchor !== undefined && !anchorsOf(linked).includes(anchor)) broken.push(`${file}: ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("documents: files and tasks that they name exist", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const path = /(?<![\w./-])(?:lib|tests|bench|tools|docs|systemd|monitoring)\/[\w@./-]*\w\/?/g;
  const missing: string[] = [];
  for (const file of documents) {
    const text = textOf(file);
    for (const [name] of text.matchAll(path)) {
      if (!files.some((each) => each === name || each.startsWith(`${name.replace(/\/$/, "")}/`))) {
        missing.push(`${file}: ${name}`);
      }
    }
    for (const [, task] of text.matchAll(/deno(?:@[\d.]+)? task ([a-z][a-z:]*)/g)) {
      if (!(task in tasks)) {
        missing.push(`${file}: deno task ${task}`);
      }
    }
  }
  assert.deepEqual(missing, []);
});

Deno.test("documents: configuration keys and metrics that they name exist", async () => {
  const metrics = await knownMetrics();
  const missing: string[] = [];
  for (const file of documents.filter((one) => one !== "CHANGELOG.md")) {
    const text = textOf(file);
    for (const [, name] of text.matchAll(/`(rtcount_[a-z_]+)/g)) {
      const isKnown = metrics.has(name) || [...metrics].some((each) => each.startsWith(`${name}_`));
      if (!isKnown) missing.push(`${file}: ${name}`);
    }
    const key = /`((?:source|words|window|rate|state|http|output|log)(?:\.[a-z_]+)+)[`:]/g;
    for (const [, path] of text.matchAll(key)) {
      if (!isKey(path.split("."))) missing.push(`${file}: ${path}`);
    }
  }
  assert.deepEqual(missing, []);
});

Deno.test("documents: configurations that they show are right", () => {
  const source = "\nsource: { kafka: { brokers: [127.0.0.1:9092], topics: [raw-events] } }\n";
  for (const file of documents) {
    for (const [, block] of textOf(file).matchAll(/^```yaml\n([^]*?)^```$/gm)) {
      const [, key] = /^([a-z_]+):/.exec(block) ?? [];
      if (!isKey([key])) continue;
      parseConfig(key === "source" ? block : block + source, { file, env: () => "value" });
    }
  }
});

Deno.test("ARCHITECTURE.md: the file map has every folder of lib", () => {
  const folders = new Set(
    files.map((file) => /^lib\/[^/]+\//.exec(file)?.[0]).filter((one) => one !== undefined),
  );
  const text = textOf("ARCHITECTURE.md");
  assert.deepEqual([...folders].filter((folder) => !text.includes(`\`${folder}\``)), []);
});

Deno.test("ARCHITECTURE.md: methods that it names exist", () => {
  const missing: string[] = [];
  for (const [name, type, method] of textOf("ARCHITECTURE.md").matchAll(/\b([A-Z]\w+)\.(\w+)\b(?=\(|`)/g)) {
    const declared = new RegExp(`(?:class|interface) ${type}\\b[^]*\\b${method}\\(`);
    const isOurs = files.some((file) =>
      /^lib\/.*\.tsx?$/.test(file) && textOf(file).includes(`class ${type} `)
    );
    if (isOurs && !files.some((file) => /^lib\/.*\.tsx?$/.test(file) && declared.test(textOf(file)))) {
      missing.push(name);
    }
  }
  assert.deepEqual(missing, []);
});

Deno.test(`README.md has at most ${MAX_README_LINES} lines`, () => {
  assert.ok(textOf("README.md").trimEnd().split("\n").length <= MAX_README_LINES);
});

Deno.test(`lib: no file has more than ${MAX_FILE_LINES} lines, but for generated ones`, () => {
  const long = files.filter((file) => /^lib\/.*\.tsx?$/.test(file) && !GENERATED.test(file))
    .filter((file) => textOf(file).trimEnd().split("\n").length > MAX_FILE_LINES);
  assert.deepEqual(long, []);
});

Deno.test("the repository names no package registry and needs no folder beside it", () => {
  const beside = new RegExp(["\\.\\.", "shared"].join("/"));
  const registry = new RegExp(["registry\\.npm", "repo1?\\.maven", "jsr\\.io"].join("|"));
  const found = [...texts].filter(([file, text]) => {
    if (file === "tests/prose_test.ts") return false;
    return registry.test(text) || (file !== ".ci/run" && beside.test(text));
  });
  assert.deepEqual(found.map(([file]) => file), []);
});

/** Blanks out fenced and indented code, where brackets mean something else. */
function withoutCode(markdown: string): string {
  return markdown.replace(/^```[^]*?^```$/gm, "").replace(/^ {4}.*$/gm, "").replace(/`[^`\n]*`/g, "");
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  return [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
  });
}

/** Whether the schema has the key, or the mapping, at this path. */
function isKey(path: readonly string[]): boolean {
  let schema: unknown = configJsonSchema();
  for (const name of path) {
    const properties = (schema as { properties?: Record<string, unknown> }).properties;
    schema = properties?.[name];
    if (schema === undefined) return false;
  }
  return true;
}
