// The section `records` of the configuration: how a record is read, and which ones count.

import { z } from "zod";
import { fieldPath, reportPath } from "./field_path.ts";
import {
  filePath,
  oneOf,
  realNumber,
  scalar,
  text,
  textThat,
  type Together,
  together,
  yesOrNo,
} from "./key.ts";
import { parsePattern } from "./pattern.ts";
import { schemaRegistry } from "./schema_registry_schema.ts";

const MAX_CONDITIONS = 32;
const MAX_VALUES = 1000;
const MAX_NUMBER = Number.MAX_VALUE;
/** The longest name of a header. */
export const MAX_HEADER_NAME = 1024;

const SUBJECTS = ["field", "header", "key"] as const;
/** Each list is one test. */
const TESTS = [["equals"], ["not_equals"], ["in"], ["not_in"], ["matches"], ["min", "max"], [
  "exists",
]] as const;

const values = () => z.array(scalar()).min(1).max(MAX_VALUES);

const condition = together(
  z.strictObject({
    field: fieldPath().optional().describe("The path of the field that is tested."),
    header: text("the name of a header", { max: MAX_HEADER_NAME }).optional().describe(
      "The name of the header that is tested; the last one of several.",
    ),
    key: yesOrNo().optional().describe("With true the key is tested."),
    equals: scalar().optional().describe("The record counts if the value is this one."),
    not_equals: scalar().optional().describe("It counts if the value is another one, or none."),
    in: values().optional().describe("It counts if the value is one of these."),
    not_in: values().optional().describe("It counts if the value is none of these."),
    matches: textThat("a regular expression", (text) => parsePattern(text) !== undefined).optional().describe(
      "It counts if this regular expression, with the flag u, matches anywhere in the text.",
    ),
    min: realNumber(-MAX_NUMBER, MAX_NUMBER).optional().describe(
      "It counts if the number is not below this one.",
    ),
    max: realNumber(-MAX_NUMBER, MAX_NUMBER).optional().describe(
      "It counts if the number is not above this one.",
    ),
    exists: yesOrNo().optional().describe("It counts if there is a value (true), or none (false)."),
  }),
  (condition, together) => checkCondition(condition, together),
);

function checkCondition(
  { field, key, min, max }: { field?: string; key?: boolean; min?: number; max?: number },
  { present, report }: Together,
): void {
  const subjects = SUBJECTS.filter(present);
  if (subjects.length === 0) report([], `has no subject, wanted exactly one of ${SUBJECTS.join(", ")}`);
  for (const other of subjects.slice(1)) {
    report([other], `cannot be combined with ${subjects[0]}, wanted exactly one of ${SUBJECTS.join(", ")}`);
  }
  reportPath(["field"], field, report);
  if (key === false) report(["key"], "is false, wanted true or another subject");
  const tests = TESTS.filter((names) => names.some(present));
  const names = TESTS.map((names) => names.join(" and "));
  if (tests.length === 0) report([], `tests nothing, wanted one of ${names.join(", ")}`);
  for (const other of tests.slice(1)) {
    const [first] = tests[0].filter(present);
    for (const name of other.filter(present)) {
      report([name], `cannot be combined with ${first}, wanted one test: ${names.join(", ")}`);
    }
  }
  if (min !== undefined && max !== undefined && min > max) {
    report(["min"], `is ${min}, wanted no more than max (${max})`);
  }
}

function checkSchemas(
  { format, schema_registry: registry }: { format?: string; schema_registry?: { url?: string } },
  { present, report }: Pick<Together, "present" | "report">,
): void {
  if (format === undefined || registry === undefined) return;
  if (present("message") && (format !== "protobuf" || !present("schema_file"))) {
    report(["message"], "has no effect, wanted format: protobuf and schema_file with it");
  }
  const hasRegistry = registry.url !== undefined;
  if (format === "text" || format === "json") {
    const message = `has no effect with format: ${format}, wanted format: avro or protobuf`;
    if (hasRegistry) report(["schema_registry"], message);
    if (present("schema_file")) report(["schema_file"], message);
  } else if (hasRegistry && present("schema_file")) {
    report(["schema_file"], "cannot be combined with schema_registry, wanted one of them");
  } else if (!hasRegistry && !present("schema_file")) {
    report(["format"], `is ${format}, wanted schema_registry.url or schema_file with it`);
  } else if (format === "protobuf" && present("schema_file") && !present("message")) {
    report(["schema_file"], "needs message, wanted the full name of a message with it");
  }
}

export const records = together(
  z.strictObject({
    format: oneOf("text", "json", "avro", "protobuf").prefault("text").describe(
      "The format of values. A record whose value is not of it is skipped, and counted as skipped.",
    ),
    schema_registry: schemaRegistry.prefault({}).describe(
      "The registry that has the schemas of values in avro and protobuf.",
    ),
    schema_file: filePath("schema").optional().describe(
      "The schema of values in avro or protobuf without a registry: NAME.avsc or NAME.proto. The values are plain, without a schema id.",
    ),
    message: text("the full name of a message", { max: 1024 }).optional().describe(
      "The full name of the message that the values are, for protobuf with schema_file, such as shop.orders.Order.",
    ),
    timestamp: fieldPath().optional().describe(
      "The path of the event time in the value. Empty: the timestamp of the record.",
    ),
    timestamp_format: oneOf("unix_ms", "unix", "rfc3339").optional().describe(
      "The format of timestamp: unix_ms (milliseconds), unix (seconds, fractions allowed) or rfc3339.",
    ).meta({ default: "unix_ms" }),
    where: z.array(condition).max(MAX_CONDITIONS).prefault([]).describe(
      "Conditions on a field, a header or the key. A record that fails one of them is in no window.",
    ),
  }),
  (records, { present, report }) => {
    const { format, timestamp, where } = records;
    checkSchemas(records, { present, report });
    reportPath(["timestamp"], timestamp, report);
    const needed = "needs fields, which text has not, wanted format: json, avro or protobuf with it";
    if (format === "text" && present("timestamp")) report(["timestamp"], needed);
    where?.forEach(({ field }, index) => {
      if (format === "text" && field !== undefined) report(["where", index, "field"], needed);
    });
    if (present("timestamp_format") && !present("timestamp")) {
      report(["timestamp_format"], "has no effect without timestamp, wanted both or neither");
    }
  },
).transform((records) => ({
  ...records,
  timestamp_format: records.timestamp_format ??
    (records.timestamp === undefined ? undefined : "unix_ms" as const),
}));
