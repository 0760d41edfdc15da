// A small, strict parser of the Prometheus text format, independent of the code that writes it.

export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly samples: readonly Sample[];
}

/**
 * Returns the families by the name in their TYPE line. Throws for a malformed line, for a duplicate family or sample,
 * and for a sample that does not belong to the family above it.
 */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new SyntaxError("the last line has no end");
  const families = new Map<string, { type: string; samples: Sample[] }>();
  const seen = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "" || line === "# EOF" || line.startsWith("# HELP ")) continue;
    if (line.startsWith("# ")) {
      const [, name, type] = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line) ?? fail(line);
      if (families.has(name)) throw new SyntaxError(`${name} is there twice`);
      families.set(name, { type, samples: [] });
      current = name;
      continue;
    }
    const sample = parseSample(line);
    if (
      sample.name.replace(/_(total|bucket|sum|count)$/, "") !== current.replace(/_total$/, "") &&
      sample.name !== current
    ) {
      throw new SyntaxError(`${sample.name} does not belong to ${current}`);
    }
    const key = JSON.stringify([sample.name, ...[...sample.labels].sort()]);
    if (seen.has(key)) throw new SyntaxError(`${key} is there twice`);
    seen.add(key);
    families.get(current)?.samples.push(sample);
  }
  return families;
}

/** Returns the value of the sample with this name and exactly these labels; undefined where there is none. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  for (const { samples } of families.values()) {
    for (const sample of samples) {
      if (sample.name !== name || sample.labels.size !== wanted.length) continue;
      if (wanted.every(([label, value]) => sample.labels.get(label) === value)) return sample.value;
    }
  }
  return undefined;
}

function parseSample(line: string): Sample {
  const [name] = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line) ?? fail(line);
  const labels = new Map<string, string>();
  let at = name.length;
  if (line[at] === "{") {
    at++;
    while (line[at] !== "}") {
      const [all, label, raw] = /^([a-z_]+)="((?:[^"\\]|\\[\\"n])*)"(?:,|(?=\}))/s.exec(line.slice(at)) ??
        fail(line);
      if (labels.has(label)) fail(line);
      labels.set(label, raw.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped));
      at += all.length;
    }
    at++;
  }
  const [, text] = /^ (\+Inf|-Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line.slice(at)) ?? fail(line);
  return {
    name,
    labels,
    value: text.endsWith("Inf") ? Number(text.replace("Inf", "Infinity")) : Number(text),
  };
}

function fail(line: string): never {
  throw new SyntaxError(`malformed: ${JSON.stringify(line)}`);
}
