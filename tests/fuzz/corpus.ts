// Kept inputs that once failed or that lead far into a parser. Every run begins with them.

import type { FuzzTarget } from "./fuzz_target.ts";

const FOLDER = new URL("corpus/", import.meta.url);

/** The first inputs of every run of the target: its kept inputs by name, then its own. */
export async function corpusOf(target: FuzzTarget): Promise<readonly Uint8Array[]> {
  const folder = new URL(`${target.name}/`, FOLDER);
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const kept = await Promise.all(names.sort().map((name) => Deno.readFile(new URL(name, folder))));
  return [...kept, ...target.seedCorpus];
}

/** Keeps an input for all later runs. */
export async function keep(target: string, name: string, input: Uint8Array): Promise<void> {
  const folder = new URL(`${target}/`, FOLDER);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeFile(new URL(name, folder), input, { createNew: true });
}
