// BURSTS=hour takes the hour of the documentation instead of some minutes: 200,000 words, a million a window.

import assert from "node:assert/strict";
import { type PlantedOptions, runPlanted } from "./planted_bursts.ts";

const HOUR = { vocabulary: 200_000, wordsPerWindow: 1_000_000, panes: 1_800, windowPanes: 30, bursts: 50 };
const MINUTES = { vocabulary: 5_000, wordsPerWindow: 20_000, panes: 180, windowPanes: 10, bursts: 12 };
const isLong = Deno.env.get("BURSTS") === "hour";
const OPTIONS: PlantedOptions = {
  ...(isLong ? HOUR : MINUTES),
  minCount: 10,
  baselineWindows: 30,
  seed: Number(Deno.env.get("BURSTS_SEED") ?? 17),
};
const NAMED_WITHIN_SLIDES = 2;
const WINDOWS_PER_FALSE_NAME = 100;

Deno.test("Trends.rising() names planted bursts when they have the minimum support, and next to nothing else", () => {
  const { bursts, windows, falseNames } = runPlanted(OPTIONS);
  const supported = bursts.filter(({ supported }) => supported !== undefined);
  if (isLong) console.log(`${supported.length} of ${bursts.length} bursts, ${falseNames} in ${windows}`);
  assert.ok(supported.length >= 0.8 * bursts.length, `${supported.length} bursts have support`);
  const late = supported.filter(({ named = Infinity, supported = 0 }) =>
    named - supported > NAMED_WITHIN_SLIDES
  );
  assert.deepEqual(late, []);
  assert.ok(
    falseNames * WINDOWS_PER_FALSE_NAME <= windows,
    `${falseNames} false names in ${windows} windows`,
  );
});

Deno.test("Trends.rising() names nothing where the volume of the stream doubles within a minute", () => {
  const { panes, windowPanes } = OPTIONS;
  const from = Math.floor(panes / 2);
  const volumeAt = (pane: number) => 1 + Math.min(1, Math.max(0, (pane - from) / windowPanes));
  const { windows, falseNames } = runPlanted({ ...OPTIONS, bursts: 0, volumeAt });
  if (isLong) console.log(`${falseNames} in ${windows}`);
  assert.ok(
    falseNames * WINDOWS_PER_FALSE_NAME <= windows,
    `${falseNames} false names in ${windows} windows`,
  );
});
