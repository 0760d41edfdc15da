// Turns the sections records and words of the configuration into the rules by which records are read.

import type { Config } from "../config/schema.ts";
import type {
  ConditionRule,
  ReadingRules,
  SubjectRule,
  TestRule,
  TextRule,
} from "../extraction/reading_rules.ts";

type Condition = Config["records"]["where"][number];

export function readingRules({ records, words }: Config): ReadingRules {
  const { timestamp, timestamp_format: format } = records;
  return {
    format: records.format,
    timestamp: timestamp === undefined || format === undefined ? undefined : { path: timestamp, format },
    where: records.where.map(conditionRule),
    from: textRule(words),
    keyFormat: words.key_format,
    replace: words.replace,
    weight: words.weight,
    maxRecordBytes: words.max_record_bytes,
  };
}

function textRule({ from, field = "$", fields, joiner, header = "" }: Config["words"]): TextRule {
  switch (from) {
    case "header":
      return { kind: from, name: header };
    case "field":
      return fields === undefined ? { kind: from, path: field } : { kind: "fields", paths: fields, joiner };
    default:
      return { kind: from };
  }
}

function conditionRule(condition: Condition): ConditionRule {
  return { subject: subjectRule(condition), test: testRule(condition) };
}

function subjectRule({ field, header }: Condition): SubjectRule {
  if (field !== undefined) return { kind: "field", path: field };
  return header === undefined ? { kind: "key" } : { kind: "header", name: header };
}

function testRule(condition: Condition): TestRule {
  const { equals, not_equals, matches, min = -Infinity, max = Infinity, exists } = condition;
  if (equals !== undefined) return { kind: "in", values: [equals] };
  if (not_equals !== undefined) return { kind: "not_in", values: [not_equals] };
  if (condition.in !== undefined) return { kind: "in", values: condition.in };
  if (condition.not_in !== undefined) return { kind: "not_in", values: condition.not_in };
  if (matches !== undefined) return { kind: "matches", pattern: matches };
  return exists === undefined ? { kind: "range", min, max } : { kind: "exists", exists };
}
