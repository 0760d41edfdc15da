// Reads the answers of the program's HTTP server.

export interface Page {
  readonly status: number;
  readonly text: string;
}

/** Undefined where nothing listens, or the connection was cut. */
export async function getPage(url: string): Promise<Page | undefined> {
  try {
    // A connection kept for later would be one of the daemon's open files.
    const response = await fetch(url, { headers: { connection: "close" } });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Each sample of a page in Prometheus's text format, by its name and labels as they are printed. */
export function readMetrics(page: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of page.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const end = line.lastIndexOf(" ");
    samples.set(line.slice(0, end), parseValue(line.slice(end + 1)));
  }
  return samples;
}

function parseValue(text: string): number {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  return Number(text);
}
