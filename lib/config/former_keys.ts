// Keys and values that earlier releases had, and where their meaning is now.

const FORMER_KEYS: ReadonlyMap<string, string> = new Map([
  ["words.json_path", "is words.field now, wanted that key, with records.format: json and words.from: field"],
]);

const FORMER_VALUES: ReadonlyMap<string, string> = new Map([
  ["words.from=json", "is json, which is two keys now, wanted records.format: json and words.from: field"],
]);

/** The problem with a key that no longer exists; undefined for any other unknown key. */
export function formerKey(path: readonly PropertyKey[]): string | undefined {
  return FORMER_KEYS.get(path.join("."));
}

/** The problem with a value that no longer exists; undefined for any other value. */
export function formerValue(path: readonly PropertyKey[], value: unknown): string | undefined {
  return typeof value === "string" ? FORMER_VALUES.get(`${path.join(".")}=${value}`) : undefined;
}
