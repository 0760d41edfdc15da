/** The names of the series of the program's metrics; a histogram has several. */
export async function knownMetrics(): Promise<Set<string>> {
  const text = await Deno.readTextFile(new URL("../golden/metrics/metrics.txt", import.meta.url));
  return new Set([...text.matchAll(/^[a-z]\w*/gm)].map(([name]) => name));
}
