// Conditions decides by records.where which records of a run count.

import { MadeBytes } from "../formats/made_bytes.ts";
import { HeaderSearch } from "../records/record_headers.ts";
import { conditionTest, type PatternTest, type RecordTest, Subject } from "./condition.ts";
import { type KeyWriter, keyWriter } from "./key_text.ts";
import type { ConditionRule, KeyFormat, SubjectRule } from "./reading_rules.ts";
import type { RecordRun } from "./record_run.ts";
import { COUNTED, faultState, FILTERED } from "./row_state.ts";
import type { WantedPaths } from "./value_block.ts";

const INVALID_KEY = faultState("invalid_key");
const CORRUPT = faultState("corrupt");

/** Loads the subject of a condition; returns the state of a record of which it cannot be read, otherwise COUNTED. */
type SubjectLoader = (run: RecordRun, row: number, subject: Subject) => number;

interface Condition {
  readonly load: SubjectLoader;
  readonly test: RecordTest | PatternTest;
}

export class Conditions {
  readonly #conditions: readonly Condition[];
  readonly #subject = new Subject();

  /** @throws {SyntaxError} for a pattern that is no regular expression */
  constructor(
    rules: readonly ConditionRule[],
    { paths, keyFormat }: { readonly paths: WantedPaths; readonly keyFormat: KeyFormat },
  ) {
    this.#conditions = rules.map(({ subject, test }) => ({
      load: subjectLoader(subject, { paths, keyFormat }),
      test: conditionTest(test),
    }));
  }

  /**
   * Sets the states of records that fail a condition. Returns for how many records it has decided: fewer than all where
   * the time of a pattern has run out, 0 where the only record exceeds it.
   */
  apply(run: RecordRun): number {
    let decided = run.length;
    for (const { load, test } of this.#conditions) {
      if (test.kind === "record") this.#applyTest(run, load, test);
      else decided = Math.min(decided, this.#applyPattern(run, load, test));
    }
    return decided;
  }

  #applyTest(run: RecordRun, load: SubjectLoader, test: RecordTest): void {
    const { states } = run;
    const subject = this.#subject;
    for (let row = run.firstRow; row < run.endRow; row++) {
      if (states[row] !== COUNTED) continue;
      const state = load(run, row, subject);
      if (state !== COUNTED) states[row] = state;
      else if (!test.holds(subject)) states[row] = FILTERED;
    }
  }

  /** A record with several values holds where one of them matches. */
  #applyPattern(run: RecordRun, load: SubjectLoader, { pattern }: PatternTest): number {
    const { states } = run;
    const texts: string[] = [];
    const rows: number[] = [];
    for (let row = run.firstRow; row < run.endRow; row++) {
      if (states[row] !== COUNTED) continue;
      const state = load(run, row, this.#subject);
      states[row] = state === COUNTED ? FILTERED : state;
      if (state !== COUNTED) continue;
      for (const { text } of this.#subject.each()) {
        if (text === undefined) continue;
        texts.push(text);
        rows.push(row);
      }
    }
    const results = pattern.testAll(texts);
    results.forEach((isMatch, i) => {
      if (isMatch) states[rows[i]] = COUNTED;
    });
    return results.length === texts.length ? run.length : run.countBefore(rows[results.length]);
  }
}

function subjectLoader(
  rule: SubjectRule,
  { paths, keyFormat }: { readonly paths: WantedPaths; readonly keyFormat: KeyFormat },
): SubjectLoader {
  switch (rule.kind) {
    case "field": {
      const path = paths.add(rule.path);
      return (run, row, subject) => {
        subject.setFound(run.found, row, path);
        return COUNTED;
      };
    }
    case "header":
      return headerLoader(new HeaderSearch(rule.name));
    case "key":
      return keyLoader(keyWriter(keyFormat));
  }
}

/** A header without a value counts as none. */
function headerLoader(search: HeaderSearch): SubjectLoader {
  return ({ records, base }, row, subject) => {
    const { headerStarts, headerEnds, bytes } = records;
    const outcome = search.find(bytes, headerStarts[base + row], headerEnds[base + row]);
    if (outcome === "damaged") return CORRUPT;
    if (outcome === "none" || search.valueStart < 0) subject.setNothing();
    else subject.setText(bytes, search.valueStart, search.valueEnd);
    return COUNTED;
  };
}

function keyLoader(write: KeyWriter | undefined): SubjectLoader {
  const made = new MadeBytes();
  return ({ records, base }, row, subject) => {
    const { bytes, keyStarts, keyEnds } = records;
    const [start, end] = [keyStarts[base + row], keyEnds[base + row]];
    if (start < 0) {
      subject.setNothing();
      return COUNTED;
    }
    if (write === undefined) {
      subject.setText(bytes, start, end);
      return COUNTED;
    }
    made.clear();
    if (!write(bytes, start, end, made)) return INVALID_KEY;
    subject.setText(made.bytes, 0, made.end);
    return COUNTED;
  };
}
