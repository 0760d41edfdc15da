/** The TypeScript files below a folder, as URLs, in order. */
export async function walk(folder: URL): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await walk(new URL(`${name}/`, folder)));
    else if (/\.tsx?$/.test(name)) found.push(new URL(name, folder).href);
  }
  return found.sort();
}
