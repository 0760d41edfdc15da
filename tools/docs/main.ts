// Writes the reference pages, the manual pages and the completions.

import { GENERATED_FILES } from "./generated_files.ts";

const ROOT = new URL("../../", import.meta.url);

for (const [file, make] of Object.entries(GENERATED_FILES)) {
  await Deno.writeTextFile(new URL(file, ROOT), make());
}
