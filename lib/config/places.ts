// Places keeps the file, line and column of each key and value of a configuration, so that a problem found after
// parsing is reported with its position.

/** Keys and list indexes from the top of the configuration. */
export type Path = readonly (string | number)[];

export interface Place {
  /** As in `ConfigProblem`: the name of a file, or an option. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** Places by path. A path without a place has that of the nearest key around it. */
export class Places {
  readonly #spots = new Map<string, { readonly key: Place; readonly value: Place }>();

  constructor(readonly whole: Place) {}

  set(path: Path, key: Place, value: Place = key): void {
    this.#spots.set(JSON.stringify(path), { key, value });
  }

  /** Deletes a path and all below it. */
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
    if (path.length === 0) return this.whole;
    return this.#spots.get(JSON.stringify(path))?.key ?? this.key(path.slice(0, -1));
  }

  value(path: Path): Place {
    return this.#spots.get(JSON.stringify(path))?.value ?? this.key(path);
  }
}

/** The value of a key or index; undefined for none. */
export function childIn(holder: unknown, name: string | number): unknown {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return (holder as Record<string | number, unknown>)[name];
}
