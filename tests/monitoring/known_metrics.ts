/** The names under which the program's metrics are stored: of a histogram those of its parts. */
export async function knownMetrics(): Promise<Set<string>> {
  const text = await Deno.readTextFile(new URL("../golden/metrics/metrics.txt", import.meta.url));
  return new Set([...text.matchAll(/^[a-z]\w*/gm)].map(([name]) => name));
}
