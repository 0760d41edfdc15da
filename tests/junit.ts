// Reads the report of `deno test --junit-path`.

export interface TestOutcome {
  readonly passed: number;
  readonly failed: number;
  /** Their names. */
  readonly skipped: readonly string[];
}

/** Counts the test cases, steps included. */
export function readOutcome(junit: string): TestOutcome {
  const skipped: string[] = [];
  let passed = 0;
  let failed = 0;
  for (const [, name, result] of junit.matchAll(/<testcase name="([^"]*)"[^>]*>(.*?)<\/testcase>/gs)) {
    if (result.includes("<skipped/>")) skipped.push(unescapeXml(name));
    else if (/<(?:failure|error)\b/.test(result)) failed++;
    else passed++;
  }
  return { passed, failed, skipped };
}

function unescapeXml(text: string): string {
  return text.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll(
    "&amp;",
    "&",
  );
}
