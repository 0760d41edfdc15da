// What a given command line asks for.

import { parseArgs } from "node:util";
import {
  type Command,
  commandHelp,
  type CommandName,
  COMMANDS,
  configHelp,
  OPTIONS,
  overview,
  usageLine,
} from "./commands.ts";
import { suggestion } from "../text/suggestion.ts";

/** The command line is wrong: the program ends with `exitStatus`. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitStatus = 2;
}

/** What was asked for: a command, or help of one (of all for undefined), or the version. */
export type Request =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | {
    readonly kind: "command";
    readonly name: CommandName;
    readonly operands: readonly string[];
    /** By name, without the dashes; a repeated option keeps all its values, in order. */
    readonly options: Readonly<Record<string, readonly string[]>>;
  };

/**
 * Reads a command line. Options may stand anywhere, also before the command.
 * @throws {UsageError} with a line that says what is wrong, and how the command is used
 */
export function parseCommandLine(args: readonly string[]): Request {
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(
        Object.entries(OPTIONS).map(([name, { value }]) =>
          [name, { type: value === undefined ? "boolean" : "string" }] as const
        ),
      ),
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words = tokens.filter((token) => token.kind === "positional").map(({ value }) => value);
  const given = tokens.filter((token) => token.kind === "option");
  const asksFor = (name: string) => given.some((token) => token.name === name && token.value === undefined);
  if (words.length === 0 && asksFor("version")) return { kind: "version" };
  if (words.length === 0 && asksFor("help")) return { kind: "help", text: overview() };
  if (words.length === 1 && words[0] === "config" && asksFor("help")) {
    return { kind: "help", text: configHelp() };
  }

  const { name, operands } = findCommand(words);
  if (asksFor("help")) return { kind: "help", text: commandHelp(name) };
  const command = COMMANDS[name];
  const options: Record<string, string[]> = {};
  for (const { name: option, rawName, value, inlineValue } of given) {
    const wrong = optionProblem(command, { option, rawName, value, inlineValue, again: option in options });
    if (wrong !== undefined) throw usageError(wrong, name);
    (options[option] ??= []).push(value ?? "");
  }
  if (operands.length < command.minOperands) throw usageError(`${name} wants ${command.operands}`, name);
  if (operands.length > command.maxOperands) {
    throw usageError(`${quote(operands[command.maxOperands])} is one argument too many`, name);
  }
  return { kind: "command", name, operands, options };
}

function findCommand(words: readonly string[]): { name: CommandName; operands: string[] } {
  if (words.length === 0) throw usageError("no command given");
  const length = words[0] === "config" ? 2 : 1;
  const name = words.slice(0, length).join(" ");
  if (Object.hasOwn(COMMANDS, name)) return { name: name as CommandName, operands: words.slice(length) };
  if (words[0] === "config") {
    if (words.length === 1) throw usageError("config wants check, show or schema");
    throw usageError(`unknown command ${quote(name)}${suggestion(words[1], ["check", "show", "schema"])}`);
  }
  const known = [...new Set(Object.keys(COMMANDS).map((name) => name.split(" ")[0]))];
  throw usageError(`unknown command ${quote(name)}${suggestion(name, known)}`);
}

/** An address may hold a password: of what looks like one, nothing before the `@` is repeated. */
function quote(argument: string): string {
  return `"${argument.replace(/^(\w+:\/\/)?[^:]*:.*@/s, "$1…@")}"`;
}

function optionProblem(
  command: Command,
  given: { option: string; rawName: string; value?: string; inlineValue?: boolean; again: boolean },
): string | undefined {
  const { option, rawName, value, inlineValue } = given;
  if (!command.options.includes(option)) {
    // An option of another command is well spelt.
    const known = Object.hasOwn(OPTIONS, option)
      ? []
      : [...command.options, "help"].map((name) => `--${name}`);
    return `unknown option ${rawName}${suggestion(rawName, known)}`;
  }
  const { value: placeholder, oneOf, accepts, repeatable, hidden } = OPTIONS[option];
  if (placeholder === undefined) return value === undefined ? undefined : `${rawName} takes no value`;
  // Without a value of its own an option would take the next one for it.
  if (value === undefined || (!inlineValue && /^-./.test(value))) return `${rawName} wants ${placeholder}`;
  if (given.again && !repeatable) return `${rawName} is given twice`;
  if (oneOf !== undefined && !oneOf.includes(value)) {
    return `${rawName} is ${quote(value)}, wanted ${oneOf.join(" or ")}${suggestion(value, oneOf)}`;
  }
  if (accepts !== undefined && !accepts.test(value)) {
    const fault = hidden ? "is wrong" : `is ${quote(value)}`;
    return `${rawName} ${fault}, wanted ${placeholder} such as ${accepts.example}`;
  }
  return undefined;
}

function usageError(message: string, name?: CommandName): UsageError {
  const usage = name === undefined ? "rtcount COMMAND [OPTION...]" : usageLine(name);
  return new UsageError(
    `${message}\nusage: ${usage} (rtcount${name === undefined ? "" : ` ${name}`} --help says more)`,
  );
}
