import { seededRandom } from "../../lib/source/random.ts";
import { soakLength, soakSeed } from "../soak/soak_length.ts";
import { damaged } from "../words/random_json.ts";
import { jsonPaths, jsonRecords } from "./json.ts";
import { tokenizer } from "./tokenizer.ts";

const RUNS = soakLength({ short: 5_000, long: 300_000 });
/** What is kept of a chain of mutations, so that it stays quick. */
const MAX_BYTES = 500;

for (const { name, seedCorpus, run } of [jsonRecords, jsonPaths, tokenizer]) {
  Deno.test(`fuzzing, a short while: ${name}`, () => {
    const random = seededRandom(soakSeed(name), 0);
    const corpus = [...seedCorpus];
    for (let n = 0; n < RUNS; n++) {
      const index = Math.floor(random() * corpus.length);
      const bytes = n < corpus.length ? corpus[n] : damaged(corpus[index], random);
      try {
        run(bytes);
      } catch (cause) {
        throw new Error(`${name}: ${JSON.stringify([...bytes])}`, { cause });
      }
      // Chains of mutations go far; now and then one begins anew.
      corpus[index] = random() < 0.1 || bytes.length > MAX_BYTES ? seedCorpus[index] : bytes;
    }
  });
}
