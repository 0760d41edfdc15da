// NewWords names the words of a window that the stream did not have in the memory before the window. docs/new-words.md
// has the rule. A word is noted when a pane with it leaves: as a mark while later panes have the word, and in SeenWords
// when no pane has it any more. So a word stays new in every window with its first pane.

import type { Log } from "../log/log.ts";
import { formatDuration } from "../text/duration.ts";
import { grownLength } from "../window/grown_length.ts";
import type { SparseCounts } from "../window/sparse_counts.ts";
import { topIds } from "../window/top_words.ts";
import { MAX_TOP } from "../window/sliding_window.ts";
import type { WindowObserver } from "../window/window_options.ts";
import type { WordCount } from "../window/window_result.ts";
import type { WindowTotals } from "../window/window_totals.ts";
import { WordHash } from "../words/word_hash.ts";
import type { LeftPanes } from "./baseline.ts";
import { GENERATIONS, type SeenContents, SeenWords } from "./seen_words.ts";
import type { ComparedWindow, TrendWords } from "./trends.ts";
import type { HashedWord } from "./word_filter.ts";

/** The marks of words by id. A word without a mark is not known to be new or not. */
const NO_MARK = 0;
/** The word is new in the last closed window if it has the least count there. */
const NEW = 1;
/** The memory has the word. */
const REMEMBERED = 2;
/** And above: the word is in a pane that has left, in the generation of this index modulo LEFT_CYCLE. */
const LEFT = 16;
/** Larger than the number of generations. */
const LEFT_CYCLE = 16;
/** The largest mark that can be saved. */
export const MAX_MARK: number = LEFT + LEFT_CYCLE - 1;
/** The new words of a window that are kept while the largest counts among them are sought. */
const MAX_FOUND = 4 * MAX_TOP;
/** The new words that are known as counted while their records are read again. */
const MAX_COUNTED = 100_000;
/** More than this chance to miss a new word is logged. */
const LOGGED_MISS_RATE = 0.01;

export interface NewWordsOptions {
  /** The words of the window. */
  readonly words: TrendWords;
  readonly slideMs: number;
  /** A word is new that has not occurred for this time. */
  readonly memoryMs: number;
  /** No word is new before the stream has been observed for this time. */
  readonly learnMs: number;
  /** The least count of a word that is new. */
  readonly minCount: number;
  /** Whether snapshots keep the memory over a restart. */
  readonly isSaved: boolean;
  readonly log: Pick<Log, "info" | "warn">;
}

/** The memory in a form that is never altered. */
export interface NewWordsContents {
  /** Index of the first pane since the learning began; undefined before it. */
  readonly firstPane?: number | undefined;
  /** By word id. */
  readonly marks: Uint8Array;
  readonly seen: SeenContents;
}

export class NewWords implements WindowObserver {
  readonly #options: NewWordsOptions;
  readonly #seen: SeenWords;
  readonly #hash = new WordHash();
  readonly #learnPanes: number;
  /** Index of the first pane that has left since the learning began; NaN for none. */
  #firstPane = NaN;
  /** By word id; NO_MARK beyond the end. */
  #marks = new Uint8Array(0);
  /** The words that are new in the last closed window: at least the MAX_TOP largest ones, in no order. */
  #found: number[] = [];
  #total = 0;
  /** Keys of words that were new in a window whose counts are gone. They are not counted as new once more. */
  readonly #counted = new Set<number>();
  /** The learning has begun anew, and this is not reported yet. */
  #isAnew = false;
  #hasLogged = false;

  constructor(options: NewWordsOptions) {
    this.#options = options;
    this.#seen = new SeenWords(options.memoryMs / options.slideMs);
    this.#learnPanes = options.learnMs / options.slideMs;
  }

  /** Running total of words that have become new. */
  get total(): number {
    return this.#total;
  }

  /** The chance that a new word is taken for one that the memory has. */
  get missRate(): number {
    return this.#seen.falseShare;
  }

  /** The bytes of the memory. */
  get bytes(): number {
    return this.#seen.bytes;
  }

  /** Whether a restart continues with this memory. */
  get isSaved(): boolean {
    return this.#options.isSaved;
  }

  paneLeaves(index: number, runs: readonly SparseCounts[]): void {
    if (Number.isNaN(this.#firstPane)) this.#firstPane = index;
    this.#advance(index);
    this.#reserve();
    const marks = this.#marks;
    const mark = leftMark(this.#seen.current);
    for (const { ids } of runs) for (let i = 0; i < ids.length; i++) marks[ids[i]] = mark;
  }

  wordLeaves(id: number): void {
    const mark = this.#markOf(id);
    if (mark === NO_MARK) return;
    this.#marks[id] = NO_MARK;
    if (mark === REMEMBERED) return;
    this.#options.words.hashBy(this.#hash, id);
    if (mark >= LEFT) this.#seen.add(this.#hash);
    else if (this.#counted.size < MAX_COUNTED) this.#counted.add(keyOf(this.#hash));
  }

  /** Whether the stream before the window has been observed for less than the time of learning: no word is new then. */
  isLearning({ firstPane }: Pick<ComparedWindow, "firstPane">): boolean {
    return !(firstPane - this.#firstPane >= this.#learnPanes);
  }

  /** Finds the words that are new in a window that has just closed. O(word ids). */
  observe({ totals, firstPane }: ComparedWindow): void {
    this.#found = [];
    this.#advance(firstPane - 1);
    if (this.isLearning({ firstPane })) return;
    this.#reserve();
    const { minCount } = this.#options;
    totals.eachMarked({ least: minCount, marks: this.#marks, mostMark: NEW }, (id) => {
      if (this.#marks[id] === NO_MARK) this.#marks[id] = this.#judged(id);
      if (this.#marks[id] !== NEW) return;
      if (this.#found.length === MAX_FOUND) this.#found = this.#largest(totals, MAX_TOP);
      this.#found.push(id);
    });
  }

  /** At most `k` words that are new in the last window: the largest count first, then by their bytes. */
  newest({ totals }: Pick<ComparedWindow, "totals">, k: number): WordCount[] {
    const { words } = this.#options;
    return this.#largest(totals, k).map((id) => ({ word: words.text(id), count: totals.countOf(id) }));
  }

  /** Begins to learn again, since the stream has got a part that was not observed. The memory stays. */
  learnAnew(): void {
    this.#firstPane = NaN;
    this.#isAnew = true;
  }

  /** Reports how the memory begins, after `learnAnew` and perhaps `restore`. */
  begin(): void {
    if (!this.#isAnew) return;
    this.#isAnew = false;
    const { learnMs, isSaved, log } = this.#options;
    const remedy = isSaved ? "" : ", and so after each start: state.dir with source.kafka keeps the memory";
    log.info(
      `the words of the stream are not known yet: no word is new in the first ${
        formatDuration(learnMs)
      } of it${remedy}`,
    );
  }

  /** Undefined before any pane has left. Later calls of other methods do not alter the result. */
  save(): NewWordsContents | undefined {
    if (this.#seen.current === -Infinity) return undefined;
    this.#reserve();
    const marks = this.#marks.slice(0, this.#options.words.idLimit);
    const firstPane = Number.isNaN(this.#firstPane) ? undefined : this.#firstPane;
    return { firstPane, marks, seen: this.#seen.save() };
  }

  /**
   * Continues with a saved memory, as if the panes had left that have left the window since. Panes and marks have saved
   * ids; `ids` has the present id of each, -1 for a word that is in no pane any more. With `hasGap` other panes have left,
   * too, which are not known.
   */
  restore(
    contents: NewWordsContents | undefined,
    panes: LeftPanes,
    { hasGap }: { readonly hasGap: boolean },
  ): void {
    const { ids } = panes;
    this.#marks.fill(NO_MARK);
    this.#found = [];
    this.#firstPane = NaN;
    this.#seen.clear();
    const isSameMemory = contents?.seen.panesPerGeneration === this.#seen.panesPerGeneration;
    if (contents !== undefined && isSameMemory) {
      this.#firstPane = contents.firstPane ?? NaN;
      this.#seen.restore(contents.seen);
    } else if (contents !== undefined) {
      this.#options.log.warn("the words of the snapshot are not used: new_words.memory has changed");
    }
    this.#reserve();
    if (isSameMemory) {
      for (let id = 0; id < ids.length; id++) {
        if (ids[id] >= 0) this.#marks[ids[id]] = contents?.marks[id] ?? NO_MARK;
      }
    }
    this.#isAnew = Number.isNaN(this.#firstPane);
    this.#leave(panes);
    if (!hasGap) return;
    this.learnAnew();
    if (!isSameMemory) return;
    this.#options.log.warn(
      "the snapshot is too old for new words, which are learned again: a state.interval below window.length avoids this",
    );
  }

  /** A word that is in no pane any more is added when the last pane with it leaves. */
  #leave({ left, ids, hashSaved }: LeftPanes): void {
    const { slideMs } = this.#options;
    const panes = left.toSorted((a, b) => a.startMs - b.startMs);
    const lastPaneOf = new Int32Array(ids.length).fill(-1);
    panes.forEach(({ runs }, i) => {
      for (const run of runs) for (const id of run.ids) lastPaneOf[id] = i;
    });
    panes.forEach(({ startMs, runs }, i) => {
      const index = startMs / slideMs;
      if (Number.isNaN(this.#firstPane)) this.#firstPane = index;
      this.#advance(index);
      for (const run of runs) {
        for (const id of run.ids) {
          if (ids[id] >= 0) this.#marks[ids[id]] = leftMark(this.#seen.current);
          else if (lastPaneOf[id] === i) {
            hashSaved(this.#hash, id);
            this.#seen.add(this.#hash);
          }
        }
      }
    });
  }

  #largest(totals: WindowTotals, k: number): number[] {
    const { words } = this.#options;
    const found = this.#found;
    const counts = Float64Array.from(found, (id) => totals.countOf(id));
    const compare = (a: number, b: number) => words.compare(found[a], found[b]);
    return topIds(counts, { limit: found.length, k, isHeldAtZero: () => false, compare }).map((at) =>
      found[at]
    );
  }

  #judged(id: number): number {
    this.#options.words.hashBy(this.#hash, id);
    if (this.#seen.has(this.#hash)) return REMEMBERED;
    if (!this.#counted.delete(keyOf(this.#hash))) this.#total++;
    return NEW;
  }

  /** Continues with the generation of the pane. Marks that rest on a forgotten generation end. */
  #advance(pane: number): void {
    const before = this.#seen.current;
    this.#seen.advance(pane);
    const { current } = this.#seen;
    if (current === before) return;
    this.#counted.clear();
    const marks = this.#marks;
    for (let id = 0; id < marks.length; id++) {
      const mark = marks[id];
      if (mark === REMEMBERED || (mark >= LEFT && current - generationOf(mark, before) > GENERATIONS)) {
        marks[id] = NO_MARK;
      }
    }
    this.#logMisses();
  }

  #logMisses(): void {
    if (this.#hasLogged || this.missRate < LOGGED_MISS_RATE) return;
    this.#hasLogged = true;
    this.#options.log.warn(
      "new_words remembers very many words, so some new words are missed: shorten new_words.memory",
      { miss_rate: this.missRate },
    );
  }

  #markOf(id: number): number {
    return id < this.#marks.length ? this.#marks[id] : NO_MARK;
  }

  #reserve(): void {
    const { idLimit } = this.#options.words;
    if (this.#marks.length >= idLimit) return;
    const marks = new Uint8Array(grownLength(this.#marks.length, idLimit));
    marks.set(this.#marks);
    this.#marks = marks;
  }
}

/** 52 bits of the hashes. */
function keyOf({ first, second }: HashedWord): number {
  return (first >>> 0) * 2 ** 20 + (second >>> 12);
}

function leftMark(generation: number): number {
  return LEFT + (generation % LEFT_CYCLE + LEFT_CYCLE) % LEFT_CYCLE;
}

/** The generation of a mark of LEFT or above. It is `current`, or one of the few before it. */
function generationOf(mark: number, current: number): number {
  return current - (leftMark(current) - mark + LEFT_CYCLE) % LEFT_CYCLE;
}
