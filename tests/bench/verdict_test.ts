import assert from "node:assert/strict";
import { judge, type TimedSample } from "../../bench/life/verdict.ts";
import { type Random, seededRandom } from "../../lib/source/synthetic/random.ts";

const SAMPLES = 400;
const SEEDS = 6;
const HOUR_S = 3_600;

/** The seconds at which resident memory falls: each 20 to 25 minutes. */
function fallsOf(random: Random): number[] {
  const falls: number[] = [];
  for (let at = -1_500 * random(); at < HOUR_S; at += 1_200 + 300 * random()) falls.push(at);
  return falls;
}

/** How far resident memory is below its flat top, in MB, so many seconds after it has fallen. */
function depth(seconds: number): number {
  if (seconds < 30) return 60;
  if (seconds < 120) return 45;
  if (seconds < 420) return 32;
  return Math.max(0, 32 * (540 - seconds) / 120);
}

/** One hour. Resident memory grows to its first top, and is a saw-tooth. */
function hour(
  seed: number,
  { residentMb = 0, heapMb = 0 }: { residentMb?: number; heapMb?: number },
): TimedSample[] {
  const random = seededRandom(seed, 1);
  const falls = fallsOf(random);
  return Array.from({ length: SAMPLES }, (_, i) => {
    const seconds = HOUR_S * i / SAMPLES;
    const hours = seconds / HOUR_S;
    const fall = falls.findLast((at) => at <= seconds) ?? -Infinity;
    const warmUp = 60 * Math.exp(-seconds / 600);
    const resident = 220 - warmUp + residentMb * hours - depth(seconds - fall) + 0.6 * (random() - 0.5);
    const heap = 33 + heapMb * hours + 3 * random() ** 4;
    const sample = {
      residentBytes: resident * 1e6,
      heapBytes: heap * 1e6,
      codeBytes: 8e6,
      descriptors: 40,
      timers: 9,
    };
    return { atMs: 1_000 * seconds, closed: 2 * seconds, sample };
  });
}

const failures = (series: TimedSample[]) =>
  judge(series).filter(({ isGood }) => !isGood).map(({ text }) => text);

Deno.test("judge() passes a saw-tooth of resident memory that does not grow", () => {
  for (let seed = 0; seed < SEEDS; seed++) assert.deepEqual(failures(hour(seed, {})), []);
});

Deno.test("judge() fails where the tops of resident memory grow by 10 MB an hour", () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const failed = failures(hour(seed, { residentMb: 10 }));
    assert.equal(failed.length, 1, `seed ${seed}`);
    assert.match(
      failed[0],
      /^[\d.]+ to [\d.]+ MB of resident memory, slope of the tops [\d.]+ an hour, limit 8: FAILED$/,
    );
  }
});

Deno.test("judge() fails where the heap grows by 1.5 MB an hour", () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const failed = failures(hour(seed, { heapMb: 1.5 }));
    assert.equal(failed.length, 1, `seed ${seed}`);
    assert.match(failed[0], /MB of heap after garbage collection, slope 1\.\d+ an hour .*, limit 1: FAILED$/);
  }
});

Deno.test("judge() judges an executable by resident memory and descriptors alone", () => {
  const series = hour(0, {}).map(({ sample, ...rest }) => ({
    ...rest,
    sample: { ...sample, heapBytes: undefined, codeBytes: undefined, timers: undefined },
  }));
  assert.deepEqual(judge(series).map(({ text }) => /resident|descriptors/.exec(text)?.[0]), [
    "resident",
    "descriptors",
  ]);
});

Deno.test("judge() says that a series is too short, for a trend or for one of the tops", () => {
  const brief = hour(0, {}).slice(0, 50);
  assert.match(judge(brief)[0].text, /^too short for a trend, 27 samples after the warm-up of 50$/);
  const half = hour(0, { residentMb: 100 }).slice(0, 200);
  assert.deepEqual(failures(half).filter((text) => text.includes("resident")), []);
});
