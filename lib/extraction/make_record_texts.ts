// Chooses how records are read: most configurations take whole values or keys, which need no more than their places.

import type { SchemaSource } from "../formats/schema/value_schema.ts";
import { PlainTexts } from "./plain_texts.ts";
import type { ReadingRules } from "./reading_rules.ts";
import type { RecordTexts } from "./record_texts.ts";
import { SelectedTexts } from "./selected_texts.ts";

/**
 * @param schemas those of the values, if their format has schemas
 * @throws {SyntaxError} for an invalid path or pattern
 */
export function makeRecordTexts(rules: ReadingRules, schemas?: SchemaSource): RecordTexts {
  const { format, where, from, keyFormat, replace } = rules;
  const isPlain = format === "text" && where.length === 0 && replace.length === 0 &&
    (from.kind === "value" || (from.kind === "key" && keyFormat === "text"));
  return isPlain ? new PlainTexts(from.kind) : new SelectedTexts(rules, schemas);
}
