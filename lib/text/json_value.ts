// A value in JSON from another program. It is read without trust: a value that is missing or of another kind is undefined.

import { memberOf, parseSalted, unsalted } from "./salted_json.ts";

const encoder = new TextEncoder();

export class JsonValue {
  /** Undefined, or a value that `parseSalted` has made. */
  readonly #value: unknown;

  private constructor(value: unknown) {
    this.#value = value;
  }

  /** No value. */
  static readonly nothing: JsonValue = new JsonValue(undefined);

  /** Nothing if the text is not JSON. */
  static parse(text: string): JsonValue {
    try {
      return new JsonValue(parseSalted(encoder.encode(text)));
    } catch (error) {
      if (error instanceof SyntaxError) return JsonValue.nothing;
      throw error;
    }
  }

  /** The value at the end of that path. */
  at(...path: readonly (string | number)[]): JsonValue {
    let value = this.#value;
    for (const step of path) {
      if (typeof step === "string") value = memberOf(value, step);
      else value = Array.isArray(value) ? value[step] : undefined;
    }
    return new JsonValue(value);
  }

  /** The parsed value with its salt, to compare it with another one. */
  get salted(): unknown {
    return this.#value;
  }

  get isNothing(): boolean {
    return this.#value === undefined;
  }

  get isNull(): boolean {
    return this.#value === null;
  }

  get text(): string | undefined {
    return typeof this.#value === "string" ? unsalted(this.#value) : undefined;
  }

  get number(): number | undefined {
    return typeof this.#value === "number" ? this.#value : undefined;
  }

  /** A whole number that is exact. */
  get integer(): number | undefined {
    return Number.isSafeInteger(this.number) ? this.number : undefined;
  }

  get boolean(): boolean | undefined {
    return typeof this.#value === "boolean" ? this.#value : undefined;
  }

  /** The elements of an array. */
  get items(): readonly JsonValue[] | undefined {
    return Array.isArray(this.#value) ? this.#value.map((item) => new JsonValue(item)) : undefined;
  }

  /** The members of an object. */
  get members(): readonly (readonly [name: string, value: JsonValue])[] | undefined {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.entries(value).map(([name, member]) => [unsalted(name), new JsonValue(member)]);
  }
}
