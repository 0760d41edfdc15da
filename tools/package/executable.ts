// Compiles the program with the options of `deno task compile`. The executable contains the time of each of its files, so
// they are copied and get one time.

import { join } from "node:path";
import { run } from "./run.ts";
import { StagedFolder } from "./staged_folder.ts";
import project from "../../deno.json" with { type: "json" };

const OUTPUT = "--output rtcount ";
const SOURCES = ["deno.json", "deno.lock", "main.ts"] as const;

export interface CompileOptions {
  readonly root: string;
  readonly work: string;
  readonly epochSeconds: number;
}

export async function compileTo(path: string, { root, work, epochSeconds }: CompileOptions): Promise<void> {
  const { command } = project.tasks.compile;
  if (!command.includes(OUTPUT)) throw new Error(`the task compile has no "${OUTPUT}": ${command}`);
  const sources = new StagedFolder(join(work, "sources"), epochSeconds);
  for (const file of SOURCES) await sources.copy(join(root, file), file);
  await sources.copyTree(join(root, "lib"), "lib");
  await sources.seal();
  const packages = new StagedFolder(join(work, "deno"), epochSeconds);
  const options = { cwd: sources.path, env: { DENO_DIR: packages.path } };
  await run([Deno.execPath(), "cache", "--quiet", "--frozen", "main.ts"], options);
  await packages.seal();
  await run(
    [Deno.execPath(), "task", "--quiet", "--eval", command.replace(OUTPUT, `--output '${path}' `)],
    options,
  );
  await Deno.chmod(path, 0o755);
}
