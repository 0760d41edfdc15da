import assert from "node:assert/strict";
import { buildWasmModule, WASM_MODULES, wasmModuleFile } from "../../tools/build_wasm.ts";

for (const module of WASM_MODULES) {
  Deno.test(`${module.name}_wasm.ts is what ${module.name}.as compiles to`, async () => {
    const committed = await Deno.readTextFile(wasmModuleFile(module));
    assert.equal(committed, await buildWasmModule(module), "run `deno task wasm`");
  });
}
