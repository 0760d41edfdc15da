// A TextCollector finds the texts of a record that become words: its value, its key, a header, or fields of its value.

import { type FoundValues, VALUE } from "../formats/found_values.ts";
import { jsonStart } from "../formats/json/json_values.ts";
import { HeaderSearch } from "../records/record_headers.ts";
import { isPlainNumber, parseNumber } from "../text/number_text.ts";
import { type KeyWriter, keyWriter } from "./key_text.ts";
import type { ReadingRules } from "./reading_rules.ts";
import type { RecordRun } from "./record_run.ts";
import { COUNTED, faultState } from "./row_state.ts";
import type { TextList } from "./text_list.ts";
import type { WantedPaths } from "./value_block.ts";

// Constants of the inner loops are declared here, because V8 does not fold imported ones.
const { text: TEXT, number: NUMBER, list: LIST } = VALUE;

const INVALID_KEY = faultState("invalid_key");
const CORRUPT = faultState("corrupt");

/** Appends the texts of the record in a row; returns the state of a record that cannot be read, otherwise COUNTED. */
export type TextCollector = (run: RecordRun, row: number, texts: TextList) => number;

export function textCollector({ from, format, keyFormat }: ReadingRules, paths: WantedPaths): TextCollector {
  switch (from.kind) {
    case "value":
      return valueCollector(format === "json");
    case "key":
      return keyCollector(keyWriter(keyFormat));
    case "header":
      return headerCollector(new HeaderSearch(from.name));
    case "field":
      return fieldCollector(paths.add(from.path, { elements: true }));
    case "fields":
      return fieldsCollector(from.paths.map((path) => paths.add(path)));
  }
}

function valueCollector(isJson: boolean): TextCollector {
  return ({ records: { bytes, valueStarts, valueEnds }, base }, row, texts) => {
    const start = valueStarts[base + row];
    const end = valueEnds[base + row];
    if (start >= 0) texts.push(row, isJson ? jsonStart(bytes, start, end) : start, end);
    return COUNTED;
  };
}

function keyCollector(write: KeyWriter | undefined): TextCollector {
  return ({ records: { bytes, keyStarts, keyEnds }, base }, row, texts) => {
    const start = keyStarts[base + row];
    const end = keyEnds[base + row];
    if (start < 0) return COUNTED;
    if (write === undefined) {
      texts.push(row, start, end);
      return COUNTED;
    }
    const madeStart = texts.made.end;
    if (!write(bytes, start, end, texts.made)) return INVALID_KEY;
    texts.pushMade(row, madeStart);
    return COUNTED;
  };
}

function headerCollector(search: HeaderSearch): TextCollector {
  return ({ records: { bytes, headerStarts, headerEnds }, base }, row, texts) => {
    const outcome = search.find(bytes, headerStarts[base + row], headerEnds[base + row]);
    if (outcome === "damaged") return CORRUPT;
    if (outcome === "found" && search.valueStart >= 0) texts.push(row, search.valueStart, search.valueEnd);
    return COUNTED;
  };
}

/** A string or a number, or those in a list. */
function fieldCollector(path: number): TextCollector {
  return ({ found }, row, texts) => {
    const kind = found.kind(row, path);
    if (kind === TEXT && found.isInPlace(row, path)) {
      texts.push(row, found.start(row, path), found.end(row, path));
    } else if (kind === LIST) addTexts(found.list(row, path), row, texts);
    else addText(found, { row, path }, texts);
    return COUNTED;
  };
}

function addTexts(values: readonly unknown[], row: number, texts: TextList): void {
  for (const value of values) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") continue;
    const start = texts.made.end;
    texts.made.addText(String(value));
    texts.pushMade(row, start);
  }
}

/** One string or number of each path, or nothing at all. */
function fieldsCollector(paths: readonly number[]): TextCollector {
  return ({ found }, row, texts) => {
    const isComplete = paths.every((path) => {
      const kind = found.kind(row, path);
      return kind === TEXT || kind === NUMBER;
    });
    if (isComplete) { for (const path of paths) addText(found, { row, path }, texts); }
    return COUNTED;
  };
}

/** Adds a text, or a number as JavaScript prints it. */
function addText(
  found: FoundValues,
  { row, path }: { readonly row: number; readonly path: number },
  texts: TextList,
): void {
  const kind = found.kind(row, path);
  if (kind !== TEXT && kind !== NUMBER) return;
  const bytes = found.bytes(row, path);
  const start = found.start(row, path);
  const end = found.end(row, path);
  const isInPlace = found.isInPlace(row, path);
  // Numbers are made as they are shown.
  const isAsShown = kind === TEXT || !isInPlace || isPlainNumber(bytes, start, end);
  if (isAsShown && isInPlace) {
    texts.push(row, start, end);
    return;
  }
  const madeStart = texts.made.end;
  if (isAsShown) texts.made.addBytes(bytes, start, end);
  else texts.made.addText(String(parseNumber(bytes, start, end)));
  texts.pushMade(row, madeStart);
}
