// Parses the output of peers, line by line, into events.

export type PeerEvent =
  | { readonly kind: "first" }
  | { readonly kind: "window"; readonly endMs: number; readonly top: [word: string, count: number][] };

/** Takes a line of standard output; returns the event that it completes. */
export type OutputReader = (line: string) => PeerEvent | undefined;

/** `{"first":true}` for the first record, `{"window_end":…,"top":[["word",2],…]}` for each closed window. */
export function readJsonLines(): OutputReader {
  return (line) => {
    if (!line.startsWith("{")) return undefined;
    const { first, window_end: endMs, top } = JSON.parse(line);
    return first ? { kind: "first" } : { kind: "window", endMs, top };
  };
}

/** The blocks that rtcount prints under `TZ=UTC`. */
export function readConsoleBlocks(): OutputReader {
  let endMs = NaN;
  let top: [string, number][] = [];
  return (line) => {
    const tuple = /^\('([^']*)', (\d+)\)$/.exec(line);
    if (tuple !== null) top.push([tuple[1], Number(tuple[2])]);
    else if (line.startsWith("Time: ")) {
      endMs = Date.parse(`${line.slice(6).replace(" ", "T")}Z`);
      top = [];
    } else if (line === "") return { kind: "window", endMs, top };
    return undefined;
  };
}
