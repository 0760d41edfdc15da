import assert from "node:assert/strict";
import { NOTED_WORDS_PER_SECOND, RunNotes } from "../../lib/pipeline/run_notes.ts";
import { LastPlaces } from "../../lib/words/last_places.ts";

const TURN_MS = 10;
const WORDS_PER_RUN = 250;
const RUN = {
  ids: new Int32Array(WORDS_PER_RUN),
  idCount: WORDS_PER_RUN,
  textIndexes: new Int32Array(WORDS_PER_RUN),
  offsets: new Float64Array(1),
};

function setUp() {
  const places = new LastPlaces({ slideMs: 1000 });
  places.resize(1, 0);
  const notes = new RunNotes(places);
  let nowMs = 0;
  /** Returns for each run of the turn whether it was noted. */
  const turn = (runs: number, elapsedMs = TURN_MS): boolean[] => {
    nowMs += elapsedMs;
    notes.beginTurn(nowMs);
    return Array.from({ length: runs }, (_, partition) => {
      const noted = notes.ofRun({ partition, startMs: 0 });
      noted?.note(RUN);
      return noted !== undefined;
    });
  };
  return { turn };
}

Deno.test("RunNotes notes all runs up to its rate", () => {
  const { turn } = setUp();
  const runsPerTurn = Math.floor(NOTED_WORDS_PER_SECOND * TURN_MS / 1000 / WORDS_PER_RUN);
  for (let n = 0; n < 1000; n++) assert.ok(turn(runsPerTurn).every((isNoted) => isNoted));
});

Deno.test("RunNotes keeps its rate under any load, and notes runs of each lane", () => {
  const { turn } = setUp();
  const lanes = 50;
  const noted = Array.from({ length: lanes }, () => 0);
  const turns = 2_000;
  for (let n = 0; n < turns; n++) turn(lanes).forEach((isNoted, lane) => noted[lane] += Number(isNoted));
  const words = noted.reduce((sum, runs) => sum + runs, 0) * WORDS_PER_RUN;
  const allowed = NOTED_WORDS_PER_SECOND * (1 + turns * TURN_MS / 1000);
  assert.ok(words <= allowed + WORDS_PER_RUN && words > allowed * 0.9, `${words} of ${allowed}`);
  assert.ok(Math.min(...noted) > 0.2 * Math.max(...noted), noted.join());
});

Deno.test("RunNotes notes all runs again after a pause", () => {
  const { turn } = setUp();
  for (let n = 0; n < 100; n++) turn(80);
  assert.ok(turn(80).includes(false));
  turn(0, 1000);
  assert.ok(turn(3).every((isNoted) => isNoted));
});
