// Formats findings: for people a line each, with the remedy below it, or JSON.

import { escapeUnsafe } from "../text/escape.ts";
import type { Finding, Status } from "./finding.ts";

const COLOURS: Readonly<Record<Status, string>> = { ok: "\x1b[32m", warn: "\x1b[33m", FAIL: "\x1b[1;31m" };
const COLOUR_END = "\x1b[0m";
const STATUS_WIDTH = 4;
/** The longest name of a link. */
const CHECK_WIDTH = 10;

/** A finding takes one line whatever it quotes, and its remedy another. */
export function formatFinding(finding: Finding, options: { readonly colour: boolean }): string {
  const { status, check, message, remedy } = finding;
  const padded = status.padEnd(STATUS_WIDTH);
  const shown = options.colour ? `${COLOURS[status]}${padded}${COLOUR_END}` : padded;
  const line = `${shown}  ${check.padEnd(CHECK_WIDTH)}  ${escapeUnsafe(message)}\n`;
  if (remedy === undefined) return line;
  return `${line}${" ".repeat(STATUS_WIDTH + CHECK_WIDTH + 4)}-> ${escapeUnsafe(remedy)}\n`;
}

/** The last line of the report. */
export function formatSummary(findings: readonly Finding[]): string {
  const count = (status: Status) => findings.filter((finding) => finding.status === status).length;
  return `${count("ok")} ok, ${count("warn")} warn, ${count("FAIL")} FAIL\n`;
}

/** One JSON array of `{check, status, message, remedy}`, with a line for each object. `remedy` may be absent. */
export function formatFindingsJson(findings: readonly Finding[]): string {
  return `[\n${findings.map((finding) => `  ${JSON.stringify(finding)}`).join(",\n")}\n]\n`;
}
