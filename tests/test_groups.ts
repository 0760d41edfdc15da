// The groups of test files. A file's path says its group.

import { fileURLToPath } from "node:url";
import { walk } from "./walk.ts";

const ROOT = new URL("../", import.meta.url);

/**
 * - `unit` needs Deno alone and has no bound on wall-clock time.
 * - `live` needs a broker, a browser or another program of the machine.
 * - `soak` has crashes, outages or much random input: a file of it loads a core, and measures nothing.
 * - `alone` measures time or memory: no other test runs beside it.
 */
export type TestGroup = "unit" | "live" | "soak" | "alone";

export const TEST_GROUPS: readonly TestGroup[] = ["unit", "live", "soak", "alone"];

/**
 * The end-to-end tests that run with the executable, too. They reach what is packed into it or fixed when it is made: every
 * command, every module that is loaded on demand, the permissions, streams and signals of the process, its time and memory.
 * The other ones follow a stream through failures, which is the same from source.
 */
export const WITH_EXECUTABLE: readonly string[] = [
  "check_test.ts",
  "commands_test.ts",
  "confinement_test.ts",
  "count_memory_timed_test.ts",
  "count_test.ts",
  "count_topics_test.ts",
  "demo_test.ts",
  "footprint_timed_test.ts",
  "health_test.ts",
  "http_access_test.ts",
  "notify_test.ts",
  "progress_test.ts",
  "schemas_test.ts",
  "stopping_test.ts",
  "stopping_timed_test.ts",
  "stream_test.ts",
  "top_test.ts",
  "windows_test.ts",
  "words_test.ts",
].map((name) => `tests/e2e/${name}`);

/** @param file its path from the repository's root */
export function groupOf(file: string): TestGroup {
  if (file.endsWith("_timed_test.ts")) return "alone";
  if (file.startsWith("tests/soak/")) return "soak";
  return file.endsWith("_live_test.ts") || file.startsWith("tests/e2e/") ? "live" : "unit";
}

/** Every test file, as paths from the repository's root. */
export async function allTestFiles(): Promise<string[]> {
  const urls = await walk(new URL("tests/", ROOT));
  return urls.map((url) => url.slice(ROOT.href.length)).filter((file) => file.endsWith("_test.ts"));
}

/**
 * The files that `names` stand for: a folder stands for the test files in it, any other name for itself.
 * @throws {Error} where a name stands for nothing
 */
export async function filesNamed(names: readonly string[]): Promise<string[]> {
  const all = await allTestFiles();
  const files = names.flatMap((name) => {
    const path = name.replace(/^\.\//, "").replace(/\/+$/, "");
    const found = all.filter((file) => file.startsWith(`${path}/`));
    if (found.length > 0) return found;
    if (Deno.statSync(fileURLToPath(new URL(path, ROOT))).isFile) return [path];
    throw new Error(`${name} has no test file`);
  });
  return [...new Set(files)];
}
