// Python with packages from PyPI, in a virtual environment in the user's cache.

import { join } from "node:path";
import { cacheFolder } from "./cache_folder.ts";
import { missingPrograms } from "./machine.ts";

/** Kafka's client with the serializers that most producers use. */
const PACKAGES = ["confluent-kafka[avro,protobuf]==2.16.1"];
const FOLDER = "python-confluent-kafka-2.16.1";

export interface Python {
  /** The interpreter; empty if there is none. */
  readonly program: string;
  /** Why there is none. For `ignore` of the tests that need it. */
  readonly missing: string | undefined;
}

/** The environment; it is made where it does not exist yet. */
export async function preparePython(): Promise<Python> {
  if (missingPrograms("python3").length > 0) return { program: "", missing: "not installed: python3" };
  const cache = cacheFolder();
  const program = join(cache, FOLDER, "bin", "python3");
  if (await runs(program, ["-c", "import confluent_kafka"])) return { program, missing: undefined };
  await Deno.mkdir(cache, { recursive: true });
  // Into a folder of its own first: the folder with the name is whole, even if two runs make it at the same time.
  const unfinished = await Deno.makeTempDir({ dir: cache, prefix: "making-" });
  try {
    await run("python3", ["-m", "venv", unfinished]);
    await run(join(unfinished, "bin", "python3"), ["-m", "pip", "install", "--quiet", ...PACKAGES]);
    await Deno.rename(unfinished, join(cache, FOLDER));
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true });
    if (!await runs(program, ["-c", "import confluent_kafka"])) {
      return { program: "", missing: error instanceof Error ? error.message : String(error) };
    }
  }
  return { program, missing: undefined };
}

/** Runs a script to its end; returns its output. */
export async function runPython({ program }: Python, args: readonly string[]): Promise<string> {
  return await run(program, args);
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  const [output, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${program} ${args.join(" ")}:\n${output}${said}`);
  return output;
}

async function runs(program: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
