// A made-up stream with planted bursts: words by Zipf's law, a rhythm that moves the volume and the shares of words, and
// bursts of which the rate is known, so that it is known when a burst can be told from chance.

import { type Random, seededRandom } from "../../lib/source/synthetic/random.ts";
import { TrendStream } from "./trend_stream.ts";

export interface PlantedOptions {
  readonly vocabulary: number;
  readonly wordsPerWindow: number;
  /** Panes of the stream, and of a window. */
  readonly panes: number;
  readonly windowPanes: number;
  readonly bursts: number;
  readonly minCount: number;
  readonly baselineWindows: number;
  readonly seed: number;
  /** Multiplies the volume of a pane; 1 without a change. */
  readonly volumeAt?: (pane: number) => number;
}

interface Burst {
  readonly word: number;
  readonly factor: number;
  readonly from: number;
  readonly to: number;
  /** The first window, by its end, in which the count has the minimum support. */
  supported: number | undefined;
  named: number | undefined;
}

export interface PlantedOutcome {
  readonly bursts: readonly Burst[];
  /** The windows after the time of learning. */
  readonly windows: number;
  /** Names in a window that are of no burst. */
  readonly falseNames: number;
}

/** The volume moves by this share with the day, and the shares of the words by half as much again. */
const RHYTHM = 0.2;
const WINDOWS_PER_DAY = 24 * 60;
/** A burst lasts two windows. */
const BURST_WINDOWS = 2;

export function runPlanted(options: PlantedOptions): PlantedOutcome {
  const { vocabulary, windowPanes, panes, minCount, baselineWindows, wordsPerWindow } = options;
  const random = seededRandom(options.seed, 0);
  const stream = new TrendStream({ panes: windowPanes, baselineWindows, minCount });
  const ids = new Int32Array(vocabulary);
  const serials = new Float64Array(vocabulary).fill(NaN);
  const intern = (word: number) => {
    ids[word] = stream.id(`word-${word}`);
    serials[word] = stream.words.serial(ids[word]);
  };
  const weights = Float64Array.from({ length: vocabulary }, (_, i) => 1 / (i + 1));
  const draw = zipfDrawer(weights, random);
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const bursts = plantBursts(options, random);
  const counts = Array.from({ length: windowPanes }, () => new Int32Array(vocabulary));
  const perPane = wordsPerWindow / windowPanes;
  const batch = new Int32Array(4096);
  let falseNames = 0;
  let windows = 0;
  for (let pane = 0; pane < panes; pane++) {
    const phase = 2 * Math.PI * pane / (windowPanes * WINDOWS_PER_DAY);
    const volume = (1 + RHYTHM * Math.sin(phase)) * (options.volumeAt?.(pane) ?? 1);
    const ofPane = counts[pane % windowPanes].fill(0);
    let filled = 0;
    const take = (word: number) => {
      ofPane[word]++;
      // A word that is in no pane has lost its id.
      if (stream.words.serial(ids[word]) !== serials[word]) intern(word);
      batch[filled++] = ids[word];
      if (filled < batch.length) return;
      stream.addIds(batch, filled);
      filled = 0;
    };
    for (let left = Math.round(perPane * volume); left > 0;) {
      const word = draw();
      // Half of the words belong to the day, the others to the night.
      const isDay = word % 2 === 0;
      if (random() < RHYTHM * (1 + (isDay ? -1 : 1) * Math.sin(phase))) continue;
      take(word);
      left--;
    }
    for (const { word, factor, from, to } of bursts) {
      if (pane < from || pane >= to) continue;
      const usual = perPane * volume * weights[word] / totalWeight;
      for (let left = poisson((factor - 1) * usual, random); left > 0; left--) take(word);
    }
    stream.addIds(batch, filled);
    stream.close();
    const end = pane + 1;
    if (stream.trends.isLearning(stream.window)) continue;
    windows++;
    const names = new Set(stream.rising().map(({ word }) => Number(word.slice("word-".length))));
    const learnedWindows = (end - windowPanes) / windowPanes;
    const depth = baselineWindows * (1 - Math.exp(-learnedWindows / baselineWindows));
    for (const burst of bursts) {
      if (end <= burst.from || end > burst.to) continue;
      const count = counts.reduce((sum, one) => sum + one[burst.word], 0);
      const usual = wordsPerWindow * volume * weights[burst.word] / totalWeight;
      if (hasSupport(count, usual, { depth, minCount, vocabulary })) burst.supported ??= end;
      if (names.has(burst.word)) burst.named ??= end;
    }
    for (const { word, from, to } of bursts) {
      if (end > from && end < to + windowPanes) names.delete(word);
    }
    falseNames += names.size;
  }
  return { bursts, windows, falseNames };
}

/** A rare word may share its cells of the sketch with another one, which adds about this much. */
const SKETCH_ERROR = 0.5;

/**
 * The minimum support of docs/rising.md, by the true expected count and `depth` windows that have shown it. Nobody knows
 * the true one: the baseline may find two standard errors more.
 */
function hasSupport(count: number, trueExpected: number, { depth, minCount, vocabulary }: {
  readonly depth: number;
  readonly minCount: number;
  readonly vocabulary: number;
}): boolean {
  const expected = trueExpected + 2 * Math.sqrt(trueExpected / depth) + SKETCH_ERROR;
  if (count < minCount + 2 * expected) return false;
  const usual = expected * depth;
  const rate = (count + usual) / (1 + depth);
  const evidence = count * Math.log(count / rate) + usual * Math.log(expected / rate);
  return evidence >= Math.log(100 * vocabulary);
}

/** Words of all ranks, in order of the time; rare words burst harder, as fewer of them would have any support. */
function plantBursts(
  { vocabulary, panes, windowPanes, bursts, minCount, wordsPerWindow }: PlantedOptions,
  random: Random,
): Burst[] {
  const begin = 4 * windowPanes;
  const length = BURST_WINDOWS * windowPanes;
  const logs = Math.log(vocabulary) + 0.6;
  const taken = new Set<number>();
  return Array.from({ length: bursts }, (_, i) => {
    let rank = Math.min(vocabulary, Math.ceil(vocabulary ** ((i * 7 % bursts + 0.5) / bursts)));
    // A second burst of a word would be compared with the first one.
    while (taken.has(rank)) rank++;
    taken.add(rank);
    const usual = wordsPerWindow / rank / logs;
    const needed = Math.min(30, 2 + 3 * minCount / usual);
    const factor = Math.max(3, needed + (30 - needed) * random());
    const from = begin + Math.floor(i * (panes - begin - length) / bursts);
    return { word: rank - 1, factor, from, to: from + length, supported: undefined, named: undefined };
  });
}

/** Walker's method: one draw takes the same time for any number of words. */
function zipfDrawer(weights: Float64Array, random: Random): () => number {
  const { length } = weights;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const limits = weights.map((weight) => weight * length / total);
  const aliases = new Int32Array(length);
  const small: number[] = [];
  const large: number[] = [];
  limits.forEach((limit, i) => (limit < 1 ? small : large).push(i));
  while (small.length > 0 && large.length > 0) {
    const less = small.pop()!;
    const more = large.pop()!;
    aliases[less] = more;
    limits[more] -= 1 - limits[less];
    (limits[more] < 1 ? small : large).push(more);
  }
  for (const rest of [...small, ...large]) limits[rest] = 1;
  return () => {
    const at = random() * length;
    const column = Math.floor(at);
    return at - column < limits[column] ? column : aliases[column];
  };
}

function poisson(mean: number, random: Random): number {
  if (mean > 200) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let product = random();
  let count = 0;
  for (const limit = Math.exp(-mean); product > limit; count++) product *= random();
  return count;
}
