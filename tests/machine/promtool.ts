// Prometheus's own judge of metrics, configurations and rules.

/** The lines that promtool prints, and whether the check passed. */
export interface CheckResult {
  readonly success: boolean;
  readonly lines: readonly string[];
}

/** Runs it; `input` is its standard input. */
export async function runPromtool(args: readonly string[], input = ""): Promise<CheckResult> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  const said = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
  return { success, lines: said.split("\n").filter((line) => line !== "") };
}

/** Its remarks on metrics in the text format, except the known one: compute_gauge_rate contains a type. */
export async function remarksOnMetrics(text: string): Promise<string[]> {
  const { lines } = await runPromtool(["check", "metrics"], text);
  return lines.filter((line) => !line.startsWith("compute_gauge_rate "));
}
