// Keys that hold the path of a field in a record's value.

import type { z } from "zod";
import { JsonPath, wantedJsonPath } from "../formats/json/json_path.ts";
import { text, type Together } from "./key.ts";

const MAX_PATH_CHARACTERS = 4096;

/** A key whose path is still to be checked: `reportPath` names the reason and the place of a fault. */
export function fieldPath(): z.ZodString {
  return text(wantedJsonPath, { max: MAX_PATH_CHARACTERS });
}

/** Reports text that is no path; undefined is an absent key. */
export function reportPath(
  key: readonly PropertyKey[],
  path: string | undefined,
  report: Together["report"],
): void {
  const problem = path === undefined ? undefined : problemOf(path);
  if (problem === undefined) return;
  report(key, `is ${JSON.stringify(path)}: ${problem}, wanted ${wantedJsonPath}`);
}

function problemOf(path: string): string | undefined {
  try {
    new JsonPath(path);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}
