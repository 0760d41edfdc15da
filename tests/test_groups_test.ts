import assert from "node:assert/strict";
import configuration from "../deno.json" with { type: "json" };
import { COMMANDS } from "../lib/cli/commands.ts";
import { allTestFiles, filesNamed, groupOf, WITH_EXECUTABLE } from "./test_groups.ts";

const ROOT = new URL("../", import.meta.url);

/** The files of tests/machine/ that a unit test may use: they need no program. */
const FREE = ["tests/machine/cache_folder.ts", "tests/machine/free_ports.ts", "tests/machine/proxy.ts"];

async function importsOf(file: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(file, ROOT));
  const found = text.matchAll(/^(?:import|export)\b[^;]*?from\s+"(\.[^"]+)"|^import\s+"(\.[^"]+)"/gm);
  return [...found].map(([, from, bare]) =>
    new URL(from ?? bare, new URL(file, ROOT)).href.slice(ROOT.href.length)
  );
}

Deno.test("groupOf() tells by its name what a test file needs", () => {
  assert.equal(groupOf("tests/window/sliding_window_test.ts"), "unit");
  assert.equal(groupOf("tests/http/tls_live_test.ts"), "live");
  assert.equal(groupOf("tests/e2e/demo_test.ts"), "live");
  assert.equal(groupOf("tests/soak/kill_test.ts"), "soak");
  assert.equal(groupOf("tests/soak/bounds_timed_test.ts"), "alone");
  assert.equal(groupOf("tests/e2e/governor_timed_test.ts"), "alone");
});

Deno.test("deno task test:unit runs the unit tests and no others", async () => {
  const [, ignored] = /--ignore='([^']*)'/.exec(configuration.tasks["test:unit"].command) ?? [];
  assert.ok(ignored !== undefined);
  const isIgnored = (file: string) =>
    ignored.split(",").some((pattern) => {
      const [, ending] = /^tests\/\*\*\/\*(.+)$/.exec(pattern) ?? [];
      return ending === undefined ? file.startsWith(`${pattern}/`) : file.endsWith(ending);
    });
  for (const file of await allTestFiles()) {
    assert.equal(isIgnored(file), groupOf(file) !== "unit", file);
  }
});

Deno.test("a unit test uses no program, broker or browser", async () => {
  for (const file of (await allTestFiles()).filter((file) => groupOf(file) === "unit")) {
    const seen = new Set([file]);
    for (const each of seen) {
      if (each.startsWith("tests/")) { for (const next of await importsOf(each)) seen.add(next); }
    }
    const machine = [...seen].filter((each) => /^tests\/(?:machine|e2e|soak)\//.test(each) && each !== file);
    assert.deepEqual(machine.filter((each) => !FREE.includes(each)), [], file);
  }
});

Deno.test("a unit test measures neither time nor memory: its process runs other tests at the same time", async () => {
  for (const file of (await allTestFiles()).filter((file) => groupOf(file) === "unit")) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    assert.doesNotMatch(text, /\b(?:performance\.now|memoryUsage)\(|\bDate\.now\(|\bhrtime\b/, file);
  }
});

Deno.test("the tests that run with the executable are there, and start every command", async () => {
  const files = await allTestFiles();
  for (const file of WITH_EXECUTABLE) assert.ok(files.includes(file), file);
  const texts = await Promise.all(WITH_EXECUTABLE.map((file) => Deno.readTextFile(new URL(file, ROOT))));
  for (const command of Object.keys(COMMANDS)) {
    assert.ok(texts.some((text) => text.includes(`["${command.replaceAll(" ", `", "`)}"`)), command);
  }
});

Deno.test("filesNamed() takes files and folders, and refuses what is neither", async () => {
  assert.deepEqual(await filesNamed(["tests/bytes/", "./tests/imports_test.ts"]), [
    "tests/bytes/byte_codec_test.ts",
    "tests/imports_test.ts",
  ]);
  await assert.rejects(filesNamed(["tests/nowhere"]), Deno.errors.NotFound);
  await assert.rejects(filesNamed(["tests/golden/help"]), { message: "tests/golden/help has no test file" });
});
