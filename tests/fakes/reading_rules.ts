// Rules that read whole values, changed where a test wants it.

import type { ReadingRules } from "../../lib/extraction/reading_rules.ts";

export function readingRules(changes: Partial<ReadingRules> = {}): ReadingRules {
  const { from = { kind: "value" } } = changes;
  return {
    format: from.kind === "field" || from.kind === "fields" ? "json" : "text",
    where: [],
    keyFormat: "text",
    replace: [],
    maxRecordBytes: 1 << 20,
    ...changes,
    from,
  };
}
