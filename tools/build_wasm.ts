// Makes the WebAssembly of its sources in AssemblyScript: `deno task wasm`. A test compares the two.

import { Buffer } from "node:buffer";

const LIB = new URL("../lib/", import.meta.url);
/** Not among the project's own packages: all of those, and so its 100 MB, would become part of the executable. */
const COMPILER = "npm:assemblyscript@0.28.20/asc";
const OPTIONS = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd"];

/** What is made of `FOLDER/NAME.as`: `FOLDER/NAME_wasm.ts`, with one constant. */
export interface WasmModule {
  /** Below lib/, with a slash at its end. */
  readonly folder: string;
  readonly name: string;
  readonly constant: string;
  /** Of 64 KiB. */
  readonly initialPages: number;
  /** Where the memory is not to grow as it likes. */
  readonly maximumPages?: number;
}

export const WASM_MODULES: readonly WasmModule[] = [
  // Names, levels, and a record of MAX_RECORD_BYTES with zeros behind it.
  { folder: "formats/json/", name: "json_skim", constant: "jsonSkimWasm", initialPages: 9, maximumPages: 9 },
  { folder: "words/", name: "pieces", constant: "piecesWasm", initialPages: 3 },
];

export function wasmModuleFile({ folder, name }: WasmModule): URL {
  return new URL(`${folder}${name}_wasm.ts`, LIB);
}

/** The text of the module that the source comes to. */
export async function buildWasmModule(module: WasmModule): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "rtcount-wasm-" });
  try {
    await Deno.copyFile(new URL(`${module.folder}${module.name}.as`, LIB), `${folder}/${module.name}.ts`);
    await compile(module, folder);
    return moduleOf(await Deno.readFile(`${folder}/${module.name}.wasm`), module);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function compile({ name, initialPages, maximumPages }: WasmModule, folder: string): Promise<void> {
  const maximum = maximumPages === undefined ? [] : ["--maximumMemory", String(maximumPages)];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "--no-lock", "--no-config", COMPILER],
      ...[`${name}.ts`, ...OPTIONS, "--initialMemory", String(initialPages), ...maximum],
      ...["--outFile", `${name}.wasm`],
    ],
    cwd: folder,
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(Uint8Array.of(...stdout, ...stderr));
  throw new Error(`cannot compile ${name}.as: ${said}`);
}

function moduleOf(binary: Uint8Array, { name, constant }: WasmModule): string {
  const lines = Buffer.from(binary).toString("base64").match(/.{1,100}/g) ?? [];
  return `// Made of ${name}.as by \`deno task wasm\`.

/** WebAssembly, base64. */
export const ${constant} = \`
${lines.join("\n")}
\`;
`;
}

if (import.meta.main) {
  for (const module of WASM_MODULES) {
    await Deno.writeTextFile(wasmModuleFile(module), await buildWasmModule(module));
  }
}
