// A tally that counts nothing.

import type { Tally } from "../../lib/pipeline/pipeline.ts";

export const silentTally: Tally = {
  recordsTaken() {},
  recordsReplayed() {},
  recordsFiltered() {},
  recordsCounted() {},
  recordsSkipped() {},
  lateRecords() {},
  wordsCounted() {},
  wordsSkipped() {},
  batch() {},
};
