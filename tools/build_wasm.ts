// `deno task wasm`: compiles the AssemblyScript sources. A test compares the results with the committed files.

import { Buffer } from "node:buffer";

const LIB = new URL("../lib/", import.meta.url);
/** Not a package of the project: the executable would then include its 100 MB. */
const COMPILER = "npm:assemblyscript@0.28.20/asc";
const OPTIONS = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd"];

/** `FOLDER/NAME.as` becomes `FOLDER/NAME_wasm.ts`, with one constant. */
export interface WasmModule {
  /** The folder below lib/, with a slash at its end. */
  readonly folder: string;
  readonly name: string;
  readonly constant: string;
  /** The memory in pages of 64 KiB. */
  readonly initialPages: number;
  /** The largest memory, if it is bounded. */
  readonly maximumPages?: number;
}

export const WASM_MODULES: readonly WasmModule[] = [
  // Room for cells, a plan, levels, and a record of MAX_RECORD_BYTES with zeros behind it.
  { folder: "formats/json/", name: "json_skim", constant: "jsonSkimWasm", initialPages: 9, maximumPages: 9 },
  { folder: "words/", name: "pieces", constant: "piecesWasm", initialPages: 3 },
];

export function wasmModuleFile({ folder, name }: WasmModule): URL {
  return new URL(`${folder}${name}_wasm.ts`, LIB);
}

/** The text of the generated module. */
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
