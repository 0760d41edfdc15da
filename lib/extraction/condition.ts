// A condition of records.where: a test on a field, a header or the key of a record. A text is tested as bytes.

import { type FoundValues, VALUE } from "../formats/found_values.ts";
import { BoundedPattern } from "../text/bounded_pattern.ts";
import { isJsonNumber, parseNumber } from "../text/number_text.ts";
import { WordTable } from "../words/word_table.ts";
import type { Scalar, TestRule } from "./reading_rules.ts";

// Constants of the inner loops are declared here, because V8 does not fold imported ones.
const {
  nothing: NOTHING_FOUND,
  text: TEXT,
  number: NUMBER,
  true: TRUE,
  false: FALSE,
  null: NULL,
  composite: COMPOSITE,
  list: LIST,
} = VALUE;

const REPLACEMENT_CHARACTER = "\ufffd";
const NOTHING = new Uint8Array(0);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The value that a condition tests. One object serves for all records. */
export class Subject {
  /** One of VALUE. */
  kind: number = NOTHING_FOUND;
  /** A text or a number is `bytes[start..end)`. */
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  list: readonly unknown[] = [];
  /** A header and a key have no type: a number test reads their text as a number. */
  isUntyped = false;

  setNothing(): void {
    this.kind = NOTHING_FOUND;
  }

  setText(bytes: Uint8Array, start: number, end: number): void {
    this.kind = TEXT;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isUntyped = true;
  }

  setFound(found: FoundValues, row: number, path: number): void {
    this.kind = found.kind(row, path);
    this.isUntyped = false;
    if (this.kind === LIST) this.list = found.list(row, path);
    else if (this.kind === TEXT || this.kind === NUMBER) {
      this.bytes = found.bytes(row, path);
      this.start = found.start(row, path);
      this.end = found.end(row, path);
    }
  }

  /** The number that it is; NaN for none. */
  get number(): number {
    const { kind, bytes, start, end } = this;
    const isNumber = kind === NUMBER ||
      (kind === TEXT && this.isUntyped && isJsonNumber(bytes, start, end));
    return isNumber ? parseNumber(bytes, start, end) : NaN;
  }

  /** The text that it is, or the number as JavaScript prints it; undefined for neither. */
  get text(): string | undefined {
    if (this.kind === NUMBER) return String(this.number);
    return this.kind === TEXT ? decoder.decode(this.bytes.subarray(this.start, this.end)) : undefined;
  }

  /** The values of a list as subjects, otherwise itself. */
  *each(): Generator<Subject> {
    if (this.kind !== LIST) yield this;
    else for (const value of this.list) yield subjectOf(value);
  }
}

function subjectOf(value: unknown): Subject {
  const subject = new Subject();
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    const bytes = encoder.encode(String(value));
    subject.setText(bytes, 0, bytes.length);
    subject.isUntyped = false;
    subject.kind = typeof value === "string" ? TEXT : NUMBER;
  } else if (typeof value === "boolean") subject.kind = value ? TRUE : FALSE;
  else subject.kind = value === null ? NULL : COMPOSITE;
  return subject;
}

/** A test that looks at one record at a time. */
export interface RecordTest {
  readonly kind: "record";
  holds(subject: Subject): boolean;
}

/** A test that looks at the texts of many records at once. */
export interface PatternTest {
  readonly kind: "pattern";
  readonly pattern: BoundedPattern;
}

/** @throws {SyntaxError} for a pattern that is no regular expression */
export function conditionTest(rule: TestRule): RecordTest | PatternTest {
  switch (rule.kind) {
    case "in":
      return new MembershipTest(rule.values, true);
    case "not_in":
      return new MembershipTest(rule.values, false);
    case "range":
      return new RangeTest(rule.min, rule.max);
    case "matches":
      return { kind: "pattern", pattern: new BoundedPattern(rule.pattern) };
    case "exists":
      return new ExistenceTest(rule.exists);
  }
}

class ExistenceTest implements RecordTest {
  readonly kind = "record";
  readonly #exists: boolean;

  constructor(exists: boolean) {
    this.#exists = exists;
  }

  holds({ kind, list }: Subject): boolean {
    const isThere = kind === LIST ? list.length > 0 : kind !== NOTHING_FOUND;
    return isThere === this.#exists;
  }
}

class RangeTest implements RecordTest {
  readonly kind = "record";
  readonly #min: number;
  readonly #max: number;

  constructor(min: number, max: number) {
    this.#min = min;
    this.#max = max;
  }

  holds(subject: Subject): boolean {
    if (subject.kind === LIST) return subject.each().some((one) => this.holds(one));
    const { number } = subject;
    return number >= this.#min && number <= this.#max;
  }
}

/** Whether one of the subject's values is among these, or none is. */
class MembershipTest implements RecordTest {
  readonly kind = "record";
  readonly #isMember: boolean;
  readonly #texts = new WordTable();
  readonly #hasEmptyText: boolean;
  /** Bytes that are not UTF-8 decode to U+FFFD, so they have to be decoded before a look-up. */
  readonly #isDecoded: boolean;
  readonly #numbers: ReadonlySet<number>;
  readonly #booleans: ReadonlySet<boolean>;

  constructor(values: readonly Scalar[], isMember: boolean) {
    this.#isMember = isMember;
    // No text of a record has a lone surrogate.
    const texts = values.filter((value) => typeof value === "string").filter((text) => text.isWellFormed());
    for (const text of texts) {
      const bytes = encoder.encode(text);
      if (bytes.length > 0) this.#texts.intern(bytes, 0, bytes.length);
    }
    this.#hasEmptyText = texts.includes("");
    this.#isDecoded = texts.some((text) => text.includes(REPLACEMENT_CHARACTER));
    this.#numbers = new Set(values.filter((value) => typeof value === "number"));
    this.#booleans = new Set(values.filter((value) => typeof value === "boolean"));
  }

  holds(subject: Subject): boolean {
    return this.#has(subject) === this.#isMember;
  }

  #has(subject: Subject): boolean {
    const { kind, bytes, start, end, isUntyped } = subject;
    switch (kind) {
      case TEXT:
        return this.#hasText(bytes, start, end) ||
          (isUntyped && this.#numbers.size > 0 && this.#numbers.has(subject.number));
      case NUMBER:
        return this.#numbers.has(subject.number);
      case TRUE:
      case FALSE:
        return this.#booleans.has(kind === TRUE);
      case LIST:
        return subject.each().some((one) => this.#has(one));
      default:
        return false;
    }
  }

  #hasText(bytes: Uint8Array, start: number, end: number): boolean {
    if (start === end) return this.#hasEmptyText;
    if (!this.#isDecoded) return this.#texts.find(bytes, start, end) >= 0;
    const decoded = encoder.encode(decoder.decode(bytes.subarray(start, end)));
    return this.#texts.find(decoded, 0, decoded.length) >= 0;
  }
}
