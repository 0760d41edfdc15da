// The part of a snapshot that has the words of the stream: marks by word id, and the filters of their generations.

import { MAX_MARK, type NewWordsContents } from "../trends/new_words.ts";
import { GENERATIONS, MAX_CELLS } from "../trends/seen_words.ts";
import { type FilterContents, MAX_FILTER_CELLS } from "../trends/word_filter.ts";
import type { WordsCopy } from "../words/word_store.ts";
import type { ArrayReader } from "./array_reader.ts";

/** It describes the arrays of `newWordsArrays`. */
export interface NewWordsHeader {
  readonly firstPane?: number | undefined;
  /** The number of marks. */
  readonly length: number;
  readonly panesPerGeneration: number;
  readonly current: number;
  readonly generations: readonly {
    readonly index: number;
    /** The number of hashes, or the size of a filter. `used`: how many cells follow with their indexes, if not all do. */
    readonly content: { readonly hashes: number } | {
      readonly cells: number;
      readonly used?: number | undefined;
    };
  }[];
}

export function describeNewWords({ firstPane, marks, seen }: NewWordsContents): NewWordsHeader {
  return {
    firstPane,
    length: marks.length,
    panesPerGeneration: seen.panesPerGeneration,
    current: seen.current,
    generations: seen.generations.map((contents) => ({
      index: contents.index,
      content: "hashes" in contents
        ? { hashes: contents.hashes.length }
        : { cells: contents.filter.cells, used: contents.filter.used?.length },
    })),
  };
}

export function* newWordsArrays({ marks, seen }: NewWordsContents): Generator<ArrayBufferView> {
  yield marks;
  for (const contents of seen.generations) {
    if ("hashes" in contents) yield contents.hashes;
    else {
      if (contents.filter.used !== undefined) yield contents.filter.used;
      yield contents.filter.bits;
    }
  }
}

/** @throws {RangeError} for what `newWordsArrays` does not yield */
export function takeNewWords(
  reader: ArrayReader,
  { firstPane, length, panesPerGeneration, current, generations }: NewWordsHeader,
  { lengths }: WordsCopy,
): NewWordsContents {
  const marks = reader.take(Uint8Array, length);
  if (marks.some((mark, id) => mark > MAX_MARK || (mark > 0 && !(lengths[id] > 0)))) {
    throw new RangeError("a mark is of no word or unknown, wanted a known one of a word");
  }
  const cells = generations.reduce((sum, { content }) => sum + ("cells" in content ? content.cells : 0), 0);
  if (cells > MAX_CELLS) {
    throw new RangeError(`the filters have too many cells, wanted ${MAX_CELLS} at most`);
  }
  const isInOrder = generations.every(({ index, content }, i) => {
    const isLast = i === generations.length - 1;
    return index >= current - GENERATIONS && index <= current &&
      (i === 0 || index > generations[i - 1].index) &&
      (isLast ? "hashes" in content || content.cells === MAX_FILTER_CELLS : "cells" in content);
  });
  if (!isInOrder) throw new RangeError("the generations are out of order");
  return {
    ...(firstPane !== undefined && { firstPane }),
    marks,
    seen: {
      panesPerGeneration,
      current,
      generations: generations.map(({ index, content }) =>
        "hashes" in content
          ? { index, hashes: reader.take(Uint32Array, content.hashes) }
          : { index, filter: takeFilter(reader, content.cells, content.used) }
      ),
    },
  };
}

function takeFilter(reader: ArrayReader, cells: number, usedCells: number | undefined): FilterContents {
  if (usedCells === undefined) return { cells, bits: reader.take(Uint32Array, cells) };
  const used = reader.take(Uint32Array, usedCells);
  if (used.some((cell, i) => cell >= cells || (i > 0 && cell <= used[i - 1]))) {
    throw new RangeError(`a cell is out of order, wanted ${cells} cells at most`);
  }
  return { cells, used, bits: reader.take(Uint32Array, usedCells) };
}
