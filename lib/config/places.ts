// Where the parts of a configuration stand, so that a problem found later can point there.

/** A way down from the top: keys and list indexes. */
export type Path = readonly (string | number)[];

export interface Place {
  /** As in `ConfigProblem`: a file's name or the option. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

interface Spot {
  readonly key: Place;
  readonly value: Place;
}

/** What was given, by path. Whoever asks for a path that was not given is told of the nearest one around it. */
export class Places {
  readonly #spots = new Map<string, Spot>();

  constructor(readonly whole: Place) {}

  set(path: Path, key: Place, value: Place = key): void {
    this.#spots.set(JSON.stringify(path), { key, value });
  }

  /** Forgets a path and all below it. */
  delete(path: Path): void {
    const own = JSON.stringify(path);
    const below = path.length === 0 ? "[" : own.slice(0, -1) + ",";
    for (const spot of this.#spots.keys()) {
      if (spot === own || spot.startsWith(below)) this.#spots.delete(spot);
    }
  }

  has(path: Path): boolean {
    return this.#spots.has(JSON.stringify(path));
  }

  key(path: Path): Place {
    return this.#spots.get(JSON.stringify(path))?.key ?? this.around(path);
  }

  value(path: Path): Place {
    return this.#spots.get(JSON.stringify(path))?.value ?? this.around(path);
  }

  /** The key of the nearest mapping or list around `path`. */
  around(path: Path): Place {
    return path.length === 0 ? this.whole : this.key(path.slice(0, -1));
  }
}

/** The value of a key or index; undefined where there is none. */
export function childIn(holder: unknown, name: string | number): unknown {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return (holder as Record<string | number, unknown>)[name];
}
