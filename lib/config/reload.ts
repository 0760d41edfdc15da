// Compares a configuration that was read again with the one in force.

import type { Config } from "./schema.ts";
import { revealConfig } from "./show.ts";

/** Keys that change without a restart, with all keys below them. */
const LIVE_KEYS = ["rate", "top", "log", "output.console"];
/** Live unless the members of a group combine their counts: all of them must count alike. */
const STOP_WORD_KEYS = ["words.stop_words", "words.stop_words_file"];

export interface ConfigChange {
  /** The configuration in force from now on: the live keys are new, all others are unchanged. */
  readonly config: Config;
  /** Paths of the live keys that changed. */
  readonly changed: readonly string[];
  /** Paths of the keys that change only with a restart. */
  readonly refused: readonly string[];
}

export function changeConfig(current: Config, next: Config): ConfigChange {
  const different = differing(leavesOf(current), leavesOf(next));
  const stopWords = current.merge.enabled ? current.words : next.words;
  const liveKeys = current.merge.enabled ? LIVE_KEYS : [...LIVE_KEYS, ...STOP_WORD_KEYS];
  const isLive = (path: string) => liveKeys.some((key) => path === key || path.startsWith(`${key}.`));
  return {
    config: {
      ...current,
      rate: next.rate,
      top: next.top,
      log: next.log,
      words: {
        ...current.words,
        stop_words: stopWords.stop_words,
        stop_words_file: stopWords.stop_words_file,
      },
      output: { ...current.output, console: next.output.console },
    },
    changed: different.filter(isLive),
    refused: different.filter((path) => !isLive(path)),
  };
}

/** A key that names a file changes with the content of the file. A token is read again anyway. */
function leavesOf(config: Config): Map<string, string> {
  const all = leaves(revealConfig(config), "");
  for (const { key, path, text, content } of config.files ?? []) {
    if (content !== "token") all.set(key, JSON.stringify([path, text]));
  }
  return all;
}

/** Paths of the keys in which two configurations differ, as returned by `showConfig`. */
export function differingKeys(one: unknown, other: unknown): string[] {
  return differing(leaves(one, ""), leaves(other, ""));
}

function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths.filter((path) => before.get(path) !== after.get(path));
}

/** The paths of all keys but mappings, with their values as JSON. A list is one value. */
function leaves(value: unknown, path: string): Map<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Map([[path, JSON.stringify(value)]]);
  }
  const below = Object.entries(value).map(([key, one]) => leaves(one, path === "" ? key : `${path}.${key}`));
  return new Map(below.flatMap((each) => [...each]));
}
