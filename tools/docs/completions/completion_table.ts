// Words that complete a command line of rtcount.

import { commandNames, commandOf, OPTIONS } from "../../../lib/cli/commands.ts";
import { type ConfigKey, configSections, plainKeys } from "../config_keys.ts";

export const HEADER =
  "# deno task docs makes this file from the tables of commands, options and configuration keys.";

/** A command of one or two words. */
export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly takesFiles: boolean;
  readonly options: readonly CompletedOption[];
}

export interface CompletedOption {
  /** With its dashes. */
  readonly name: string;
  readonly about: string;
  readonly value: string | undefined;
  readonly kind: "none" | "file" | "set" | "choice" | "other";
  readonly oneOf: readonly string[];
}

export const completedOptions: readonly CompletedOption[] = Object.entries(OPTIONS).map(
  ([name, { about, value, oneOf }]) => ({
    name: `--${name}`,
    about,
    value,
    oneOf: oneOf ?? [],
    kind: value === undefined
      ? "none"
      : oneOf !== undefined
      ? "choice"
      : name === "set"
      ? "set"
      : value === "FILE"
      ? "file"
      : "other",
  }),
);

const HELP: CompletedOption = {
  name: "--help",
  about: "show this help",
  value: undefined,
  kind: "none",
  oneOf: [],
};

export const completedCommands: readonly CompletedCommand[] = commandNames.map((name) => {
  const { about, operands, options } = commandOf(name);
  return {
    name,
    about,
    takesFiles: operands !== undefined,
    options: [
      ...options.flatMap((option) => completedOptions.filter(({ name }) => name === `--${option}`)),
      HELP,
    ],
  };
});

/** The words that may follow those given: first words of commands, or what follows one of them. */
export function wordsAfter(first?: string): { readonly word: string; readonly about: string }[] {
  const found = new Map<string, string>();
  for (const { name, about } of completedCommands) {
    const [word, second] = name.split(" ");
    if (first === undefined) found.set(word, second === undefined ? about : `${word} check, show or schema`);
    else if (word === first && second !== undefined) found.set(second, about);
  }
  return [...found].map(([word, about]) => ({ word, about }));
}

/** Keys as `--set` takes them: of a list the first item. */
export const completedKeys: readonly ConfigKey[] = [
  ...plainKeys(),
  ...configSections().flatMap(({ keys }) => keys),
].map((key) => ({ ...key, path: key.path.replaceAll(".N.", ".0.") }));

/** Keys with the same few values, and these values. */
export function keysByValues(): { readonly values: string; readonly keys: readonly string[] }[] {
  const groups = Map.groupBy(
    completedKeys.filter(({ oneOf }) => oneOf.length > 0),
    ({ oneOf }) => oneOf.join(" "),
  );
  return [...groups].map(([values, keys]) => ({ values, keys: keys.map(({ path }) => path) }));
}
