// A value in JSON from another server. It is read without trust: a value that is missing or of another kind is undefined.

export class JsonValue {
  readonly raw: unknown;

  constructor(value: unknown) {
    this.raw = value;
  }

  /** The value is undefined if the text is not JSON. */
  static parse(text: string): JsonValue {
    try {
      return new JsonValue(JSON.parse(text));
    } catch (error) {
      if (error instanceof SyntaxError) return new JsonValue(undefined);
      throw error;
    }
  }

  /** The value at the end of that path. */
  at(...path: readonly (string | number)[]): JsonValue {
    let value = this.raw;
    for (const name of path) {
      const isHolder = typeof value === "object" && value !== null && Object.hasOwn(value, name);
      value = isHolder ? (value as Record<string | number, unknown>)[name] : undefined;
    }
    return new JsonValue(value);
  }

  get text(): string | undefined {
    return typeof this.raw === "string" ? this.raw : undefined;
  }

  get number(): number | undefined {
    return typeof this.raw === "number" ? this.raw : undefined;
  }

  get items(): readonly JsonValue[] | undefined {
    return Array.isArray(this.raw) ? this.raw.map((item) => new JsonValue(item)) : undefined;
  }
}
