// Makes the manual page rtcount(1) from the tables of commands and options.

import {
  aboutOption,
  type CommandName,
  commandNames,
  commandOf,
  defaultConfigFile,
  EXIT_STATUSES,
  OPTIONS,
  SUMMARY,
} from "../../lib/cli/commands.ts";
import { version } from "../../lib/version.ts";
import { bold, italic, manPage, roff, tagged } from "./roff.ts";

export function commandManPage(): string {
  const names = Object.keys(OPTIONS);
  const variables = names.filter((name) => OPTIONS[name].variable !== undefined);
  return manPage([
    '.\\" deno task docs makes this file from lib/cli/commands.ts.',
    `.TH RTCOUNT 1 "" "rtcount ${version}" "User Commands"`,
    ".SH NAME",
    `rtcount \\- ${SUMMARY}`,
    ".SH SYNOPSIS",
    commandNames.map(synopsis).join("\n.br\n"),
    ".br",
    `${bold("rtcount")} ${bold("--help")}`,
    ".br",
    `${bold("rtcount")} ${bold("--version")}`,
    ".SH DESCRIPTION",
    `${bold("rtcount")} ${SUMMARY}.`,
    `Its configuration is described in ${bold("rtcount.yaml")}(5).`,
    ".SH COMMANDS",
    ...commandNames.map(describeCommand),
    ".SH OPTIONS",
    ...names.map((name) => tagged(optionTag(name), [roff(aboutOption(name))])),
    tagged(bold("--help"), ["show the help of a command"]),
    tagged(bold("--version"), ["show the version"]),
    ".SH EXIT STATUS",
    ...EXIT_STATUSES.map(({ status, meaning }) => tagged(bold(`${status}`), [sentence(meaning)])),
    ".SH ENVIRONMENT",
    ...variables.map((name) => {
      const { variable = "", about } = OPTIONS[name];
      // A login or a token stands in the variable itself, certificates stand in a file.
      const content = name === "ca-file" ? about : about.replace(/^file with (?:the )?/, "");
      return tagged(bold(variable), [sentence(content), `The option ${bold(`--${name}`)} comes first.`]);
    }),
    tagged(bold("NO_COLOR"), ["If it is not empty, the output has no colors."]),
    ".SH FILES",
    tagged(italic(defaultConfigFile), ["The configuration, unless another one is named."]),
    ".SH SEE ALSO",
    bold("rtcount.yaml") + "(5)",
  ]);
}

function synopsis(name: CommandName): string {
  const { operands, options } = commandOf(name);
  const option = options.length > 0 ? ` [${italic("OPTION")}...]` : "";
  return `${bold("rtcount")} ${bold(name)}${option}${
    operands === undefined ? "" : ` ${operandTag(operands)}`
  }`;
}

function operandTag(operands: string): string {
  return operands.replace(/[A-Z]+/, italic);
}

function describeCommand(name: CommandName): string {
  const { operands, about, details, options } = commandOf(name);
  const shown = options.map((option) => bold(`--${option}`)).join(", ");
  return tagged(`${bold(name)}${operands === undefined ? "" : ` ${operandTag(operands)}`}`, [
    sentence(about),
    ...(details?.split("\n").map((line) => roff(line)) ?? []),
    ...(options.length === 0 ? [] : [".br", `Options: ${shown}.`]),
  ]);
}

function optionTag(name: string): string {
  const { value } = OPTIONS[name];
  return bold(`--${name}`) + (value === undefined ? "" : ` ${italic(value)}`);
}

function sentence(text: string): string {
  return roff(`${text[0].toUpperCase()}${text.slice(1)}.`);
}
