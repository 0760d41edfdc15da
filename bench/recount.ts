// Counts the words of a layout of batches anew, in the simplest way: the expected top words of all windows.

import { type Corpus, textOf } from "./corpus.ts";

export const LENGTH_MS = 60_000;
export const SLIDE_MS = 2_000;
export const TOP = 20;

export type Top = readonly (readonly [word: string, count: number])[];

/** Batches as `repeatBatches` makes them (tests/machine/kafka/fill_topic.ts). */
export interface Layout {
  readonly startMs: number;
  readonly stepMs: number;
  readonly batches: number;
  readonly recordsPerBatch: number;
  readonly variants: number;
  readonly partitions: number;
}

/** The counts of all records of a layout. */
export interface Recount {
  /** The top of each window by its end. */
  readonly windows: ReadonlyMap<number, Top>;
  /** The top of one window that holds all records. */
  readonly total: Top;
  readonly words: number;
}

export function recount(corpus: Corpus, layout: Layout): Recount {
  const { startMs, stepMs, batches, partitions } = layout;
  const vocabulary = new Map<string, number>();
  const variants = Array.from({ length: layout.variants }, (_, v) => wordIds(corpus, v, layout, vocabulary));
  const texts = [...vocabulary.keys()];
  const batchesOf = Map.groupBy(
    Array.from({ length: batches }, (_, batch) => batch),
    (batch) => Math.floor((startMs + batch * stepMs) / SLIDE_MS) * SLIDE_MS,
  );
  // Every partition continues with the variants where the one before ends.
  const variantsAt = (batch: number) =>
    Array.from({ length: partitions }, (_, partition) => (partition * batches + batch) % variants.length);
  const totals = new Float64Array(texts.length);
  const add = (paneMs: number, times: number) => {
    for (const batch of batchesOf.get(paneMs) ?? []) {
      for (const variant of variantsAt(batch)) {
        for (const id of variants[variant]) totals[id] += times;
      }
    }
  };
  const spanMs = Math.round(batches * stepMs);
  const windows = new Map<number, [string, number][]>();
  for (let endMs = startMs + SLIDE_MS; endMs < startMs + spanMs + LENGTH_MS; endMs += SLIDE_MS) {
    add(endMs - SLIDE_MS, 1);
    add(endMs - SLIDE_MS - LENGTH_MS, -1);
    windows.set(endMs, top(totals, texts));
  }
  let words = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (const variant of variantsAt(batch)) words += variants[variant].length;
  }
  totals.fill(0);
  for (const paneMs of batchesOf.keys()) add(paneMs, 1);
  return { windows, total: top(totals, texts), words };
}

function wordIds(
  corpus: Corpus,
  variant: number,
  { recordsPerBatch }: Layout,
  vocabulary: Map<string, number>,
): Int32Array {
  const ids: number[] = [];
  for (let i = variant * recordsPerBatch; i < (variant + 1) * recordsPerBatch; i++) {
    for (const word of textOf(corpus, i).split(",")) {
      let id = vocabulary.get(word);
      if (id === undefined) vocabulary.set(word, id = vocabulary.size);
      ids.push(id);
    }
  }
  return Int32Array.from(ids);
}

function top(totals: Float64Array, texts: readonly string[]): [string, number][] {
  // Numbers sort many times as fast as indexes with a comparison.
  const least = Math.max(1, totals.toSorted().at(-TOP) ?? 1);
  const counted = [...totals.keys()].filter((id) => totals[id] >= least);
  // The words are ASCII: their order as strings is that of their bytes.
  counted.sort((a, b) => totals[b] - totals[a] || (texts[a] < texts[b] ? -1 : 1));
  return counted.slice(0, TOP).map((id) => [texts[id], totals[id]]);
}
