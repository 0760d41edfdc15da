// OwnParts keeps what this member's parts contain until the log has them. A member that reads its own part then neither
// decodes its counts nor looks up words that it has found before. The part is recognized by all of its bytes, so that what
// a reader does with it stays a function of the log.

import { Buffer } from "node:buffer";
import type { WordTable } from "../words/word_table.ts";
import { GroupIds, type SentWords } from "./group_ids.ts";
import { findWords, type PaneWords } from "./pane_words.ts";
import type { ReportId } from "./report.ts";
import { decodePart, decodePartHead, type PaneSection, type ReportPart } from "./report_decoder.ts";
import type { EncodedPart, EncodedSection } from "./report_encoder.ts";
import { MAX_TIME_MS } from "./report_format.ts";

/** The most memory of what is kept. Reports beyond it are decoded as those of other members. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024;
/** The memory of a part beside its bytes and entries, and that of an entry: an id and a count. */
const PART_BYTES = 512;
const ENTRY_BYTES = 12;

/** Some words of a pane that this member has sent. */
export interface OwnSection extends Omit<PaneWords, "ids"> {
  /** Ids of the table of sent words. */
  readonly sentIds: Int32Array;
}

export type LogSection = PaneSection | OwnSection;

/** A part that the log has. */
export interface LogPart extends Omit<ReportPart, "sections"> {
  readonly sections: readonly LogSection[];
}

interface KeptPart extends EncodedPart {
  /** Words that were sent have lower serials. */
  readonly nextSerial: number;
  readonly sizeBytes: number;
}

export class OwnParts {
  readonly #groupWords: WordTable;
  readonly #maxBytes: number;
  #ids: GroupIds | undefined;
  /** In the order in which the log gets them. */
  readonly #parts: KeptPart[] = [];
  #keptBytes = 0;

  /** `groupWords` is the table of the words that are found. */
  constructor(groupWords: WordTable, { maxBytes = MAX_KEPT_BYTES }: { readonly maxBytes?: number } = {}) {
    this.#groupWords = groupWords;
    this.#maxBytes = maxBytes;
  }

  /** The memory of what is kept. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Keeps the parts of a report that is sent, if there is room. Their words are of the table `sent`, the same in all calls. */
  keep(parts: readonly EncodedPart[], sent: SentWords): void {
    this.#ids ??= new GroupIds(sent, this.#groupWords);
    const { nextSerial } = sent;
    const kept = parts.filter(({ sections }) => sections.length > 0 && sections.every(isExact))
      .map((part) => ({ ...part, nextSerial, sizeBytes: sizeOf(part) }));
    const sizeBytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    // Parts share the arrays of a pane, so that some of them would take as much memory as all: a report is kept whole or not.
    if (this.#keptBytes + sizeBytes > this.#maxBytes) return;
    this.#parts.push(...kept);
    this.#keptBytes += sizeBytes;
  }

  /** As `decodePart`. A part of this member is kept no longer. */
  decode(value: Uint8Array | null, fingerprint: Uint8Array): LogPart | "foreign" {
    const kept = this.#take(value);
    if (kept === undefined || !this.#hasAllWords(kept)) {
      const part = decodePart(value, fingerprint);
      if (part !== "foreign") this.#dropBefore(part.id);
      return part;
    }
    const part = decodePartHead(value, fingerprint);
    return part === "foreign" ? part : { ...part, sections: kept.sections.map(ownSection) };
  }

  /** Finds the words in the group's table, and adds new ones. Nothing holds them yet. */
  find(section: LogSection): PaneWords {
    if (!("sentIds" in section)) return findWords(section, this.#groupWords);
    if (this.#ids === undefined) throw new RangeError("cannot find sent words: nothing has been sent");
    const { sentIds, startMs, records, words, error, counts, wordBytes } = section;
    return { startMs, records, words, error, ids: this.#ids.of(sentIds), counts, wordBytes };
  }

  #take(value: Uint8Array | null): KeptPart | undefined {
    if (value === null) return undefined;
    const index = this.#parts.findIndex((part) => isSame(part.value, value));
    if (index < 0) return undefined;
    // The log gets the parts in the order in which they are sent, so none of those before will come.
    return this.#drop(index + 1)[index];
  }

  /** The log has lost what this member sent before. Otherwise there would never be room again. */
  #dropBefore({ member, number }: ReportId): void {
    const index = this.#parts.findIndex(({ id }) => id.member !== member || id.number >= number);
    this.#drop(index < 0 ? this.#parts.length : index);
  }

  #drop(count: number): KeptPart[] {
    const dropped = this.#parts.splice(0, count);
    for (const { sizeBytes } of dropped) this.#keptBytes -= sizeBytes;
    return dropped;
  }

  /** Whether the table still has all words that were sent. Ids of released words may name others now. */
  #hasAllWords({ sections, nextSerial }: KeptPart): boolean {
    const words = this.#ids?.words;
    return words !== undefined && sections.every(({ pane: { counts: { ids } }, from, end }) => {
      for (let i = from; i < end; i++) {
        const serial = words.serial(ids[i]);
        if (serial < 0 || serial >= nextSerial) return false;
      }
      return true;
    });
  }
}

/** An upper estimate. Reports that wait to be sent share the bytes, and sections of a pane its counts. */
function sizeOf({ value, sections }: EncodedPart): number {
  const entries = sections.reduce((sum, { from, end }) => sum + end - from, 0);
  return PART_BYTES + value.length + entries * ENTRY_BYTES;
}

/** Whether the decoder takes the section, with the same numbers: it refuses strange times, and large sums are cut. */
function isExact({ pane: { startMs, counts: { words, smallest } } }: EncodedSection): boolean {
  return Math.abs(startMs) <= MAX_TIME_MS && smallest <= words && words <= Number.MAX_SAFE_INTEGER;
}

function ownSection(
  { pane: { startMs, records, counts }, from, end, wordBytes }: EncodedSection,
): OwnSection {
  return {
    startMs,
    records,
    words: counts.words,
    error: counts.smallest,
    sentIds: counts.ids.subarray(from, end),
    counts: new Float64Array(counts.counts.subarray(from, end)),
    wordBytes,
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
