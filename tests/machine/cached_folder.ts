// Folders in the user's cache that are filled once, such as the programs that tests fetch.

import { join } from "node:path";
import { cacheFolder } from "./cache_folder.ts";

/** The folder of that name; `fill` fills it where it does not exist yet. */
export async function cachedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const cache = cacheFolder();
  const folder = join(cache, name);
  if (await exists(folder)) return folder;
  await Deno.mkdir(cache, { recursive: true });
  // Into a folder of its own first: the folder with the name is whole, even if two runs fill it at the same time.
  const unfinished = await Deno.makeTempDir({ dir: cache, prefix: "fetching-" });
  try {
    await fill(unfinished);
    await Deno.rename(unfinished, folder);
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true });
    if (!await exists(folder)) throw error;
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
