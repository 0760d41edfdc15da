// Parses the command line.

import { parseArgs } from "node:util";
import { suggestion } from "../text/suggestion.ts";
import {
  commandHelp,
  type CommandName,
  commandNames,
  commandOf,
  configHelp,
  isCommandName,
  OPTIONS,
  overview,
  usageLine,
} from "./commands.ts";

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitStatus = 2;
}

export type Request =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | {
    readonly kind: "command";
    readonly name: CommandName;
    readonly operands: readonly string[];
    /** By name, without the dashes. A repeated option keeps all its values, in order. */
    readonly options: Readonly<Record<string, readonly string[]>>;
  };

interface GivenOption {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/**
 * Parses a command line. Options may stand anywhere, also before the command.
 * @throws {UsageError} with the fault and the usage of the command
 */
export function parseCommandLine(args: readonly string[]): Request {
  const types = Object.entries(OPTIONS).map(([name, { value }]) =>
    [name, { type: value === undefined ? "boolean" : "string" }] as const
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(types),
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words = tokens.filter((token) => token.kind === "positional").map(({ value }) => value);
  const given: readonly GivenOption[] = tokens.filter((token) => token.kind === "option");
  const asksFor = (name: string) => given.some((token) => token.name === name && token.value === undefined);
  if (words.length === 0 && asksFor("version")) return { kind: "version" };
  if (words.length === 0 && asksFor("help")) return { kind: "help", text: overview() };
  if (words.length === 1 && words[0] === "config" && asksFor("help")) {
    return { kind: "help", text: configHelp() };
  }

  const { name, operands } = findCommand(words, given);
  if (asksFor("help")) return { kind: "help", text: commandHelp(name) };
  const options: Record<string, string[]> = Object.create(null);
  for (const option of given) {
    const fault = optionFault(name, option, { isRepeated: option.name in options });
    if (fault !== undefined) throw usageError(fault, name);
    (options[option.name] ??= []).push(option.value ?? "");
  }
  const { operands: wanted } = commandOf(name);
  const most = wanted === undefined ? 0 : wanted === "[FILE...]" ? Infinity : 1;
  if (operands.length > most) throw usageError(`${quote(operands[most])} is one argument too many`, name);
  if (operands.length === 0 && wanted === "FILE") throw usageError(`${name} needs FILE`, name);
  return { kind: "command", name, operands, options };
}

function findCommand(
  words: readonly string[],
  given: readonly GivenOption[],
): { name: CommandName; operands: readonly string[] } {
  const length = words[0] === "config" ? 2 : 1;
  const name = words.slice(0, length).join(" ");
  if (isCommandName(name)) return { name, operands: words.slice(length) };
  // The value of an unknown option looks like the command.
  const known = [...Object.keys(OPTIONS), "help", "version"];
  const unknown = given.find((option) => !known.includes(option.name));
  if (unknown !== undefined) throw usageError(unknownOption(unknown, known));
  if (words.length === 0) throw usageError("no command given");
  if (name === "config") throw usageError("config needs check, show or schema");
  throw usageError(`unknown command ${quote(name)}${commandSuggestion(words)}`);
}

function commandSuggestion([first, second]: readonly string[]): string {
  if (first === "config") return suggestion(second, ["check", "show", "schema"]);
  if (first === "help" && isCommandName(second ?? "")) return ` (did you mean "${second} --help"?)`;
  if (first === "help" || first === "version") return ` (did you mean "--${first}"?)`;
  return suggestion(first, [...new Set(commandNames.map((name) => name.split(" ")[0]))]);
}

/** The argument without a password that an address may hold. */
function quote(argument: string): string {
  return `"${argument.replace(/^(\w+:\/\/)?[^:]*:.*@/s, "$1…@")}"`;
}

function optionFault(
  command: CommandName,
  { name, rawName, value, inlineValue }: GivenOption,
  { isRepeated }: { readonly isRepeated: boolean },
): string | undefined {
  const { options } = commandOf(command);
  // An option of another command is spelled correctly.
  if (!options.includes(name)) {
    return unknownOption({ name, rawName }, Object.hasOwn(OPTIONS, name) ? [] : [...options, "help"]);
  }
  const { value: placeholder, oneOf, accepts, repeatable, hidden } = OPTIONS[name];
  if (placeholder === undefined) return value === undefined ? undefined : `${rawName} takes no value`;
  // The parser takes the next option for the value of one that has none.
  if (value === undefined || (!inlineValue && /^-./.test(value))) return `${rawName} needs ${placeholder}`;
  if (isRepeated && !repeatable) return `${rawName} is given twice`;
  if (oneOf !== undefined && !oneOf.includes(value)) {
    return `${rawName} is ${quote(value)}, wanted ${oneOf.join(" or ")}${suggestion(value, oneOf)}`;
  }
  if (accepts !== undefined && !accepts.test(value)) {
    const fault = hidden ? "is wrong" : `is ${quote(value)}`;
    return `${rawName} ${fault}, wanted ${placeholder} such as ${accepts.example}`;
  }
  return undefined;
}

/** Suggests the long form of a short option, or the right spelling. */
function unknownOption({ name, rawName }: GivenOption, known: readonly string[]): string {
  const long = known.find((option) => name.length === 1 && option[0] === name.toLowerCase());
  const names = known.map((option) => `--${option}`);
  return `unknown option ${rawName}${
    long === undefined ? suggestion(rawName, names) : ` (did you mean "--${long}"?)`
  }`;
}

export function usageError(message: string, name?: CommandName): UsageError {
  const usage = name === undefined ? "rtcount COMMAND [OPTION...]" : usageLine(name);
  const help = name === undefined ? "rtcount --help" : `rtcount ${name} --help`;
  return new UsageError(`${message}\nusage: ${usage} (${help} says more)`);
}
