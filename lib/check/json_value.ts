// A look into JSON that others have written: what is not there, or not of the kind that was asked for, is undefined.

export class JsonValue {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** Undefined inside where the text is no JSON. */
  static parse(text: string): JsonValue {
    try {
      return new JsonValue(JSON.parse(text));
    } catch (error) {
      if (error instanceof SyntaxError) return new JsonValue(undefined);
      throw error;
    }
  }

  /** As it was parsed. */
  get raw(): unknown {
    return this.#value;
  }

  /** What lies at the end of that way. */
  at(...path: readonly (string | number)[]): JsonValue {
    let value = this.#value;
    for (const name of path) {
      const isHolder = typeof value === "object" && value !== null && Object.hasOwn(value, name);
      value = isHolder ? (value as Record<string | number, unknown>)[name] : undefined;
    }
    return new JsonValue(value);
  }

  get text(): string | undefined {
    return typeof this.#value === "string" ? this.#value : undefined;
  }

  get number(): number | undefined {
    return typeof this.#value === "number" ? this.#value : undefined;
  }

  get items(): readonly JsonValue[] | undefined {
    return Array.isArray(this.#value) ? this.#value.map((item) => new JsonValue(item)) : undefined;
  }
}
