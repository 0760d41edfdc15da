// Makes lib/words/json_skim_wasm.ts of lib/words/json_skim.as: `deno task wasm`. A test compares the two.

import { Buffer } from "node:buffer";

const SOURCE = new URL("../../lib/words/json_skim.as", import.meta.url);
export const JSON_SKIM_MODULE = new URL("../../lib/words/json_skim_wasm.ts", import.meta.url);

/** Not among the project's own packages: all of those, and so its 100 MB, would become part of the executable. */
const COMPILER = "npm:assemblyscript@0.28.20/asc";
/** 64 KiB each: names, levels, and a record of MAX_RECORD_BYTES with zeros behind it. */
const MEMORY_PAGES = "9";
const OPTIONS = [
  ...["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd"],
  ...["--initialMemory", MEMORY_PAGES, "--maximumMemory", MEMORY_PAGES],
];

/** The text of the module that the source comes to. */
export async function buildJsonSkim(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "rtcount-wasm-" });
  try {
    await Deno.copyFile(SOURCE, `${folder}/json_skim.ts`);
    await compile(folder);
    return moduleOf(await Deno.readFile(`${folder}/json_skim.wasm`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function compile(folder: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "--no-lock", "--no-config", COMPILER],
      ...["json_skim.ts", ...OPTIONS, "--outFile", "json_skim.wasm"],
    ],
    cwd: folder,
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(Uint8Array.of(...stdout, ...stderr));
  throw new Error(`cannot compile json_skim.as: ${said}`);
}

function moduleOf(binary: Uint8Array): string {
  const lines = Buffer.from(binary).toString("base64").match(/.{1,100}/g) ?? [];
  return `// Made of json_skim.as by \`deno task wasm\`.

/** WebAssembly, base64. */
export const jsonSkimWasm = \`
${lines.join("\n")}
\`;
`;
}

if (import.meta.main) await Deno.writeTextFile(JSON_SKIM_MODULE, await buildJsonSkim());
