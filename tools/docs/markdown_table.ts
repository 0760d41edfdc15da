// Tables of Markdown as deno fmt formats them.

/** The cells of a row must have no line ends. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = header.map((_, i) => Math.max(...escaped.map((row) => row[i].length)));
  const format = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const [first, ...others] = escaped.map(format);
  return [first, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...others].join("\n");
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Lines of at most 110 characters. */
export function wrap(text: string): string {
  return text.replace(/(?=.{111})(.{1,110}) /g, "$1\n");
}
