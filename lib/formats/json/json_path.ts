// What a path takes out of a JSON value: RFC 9535 less what would let a record decide how long it takes. Without
// descendants (..) nothing below where the path leads is visited; without filters no regular expression meets text
// from outside. What is left are names, indexes, slices, wildcards, and lists of them.

import { jsonpath, TokenKind } from "json-p3";

type JsonValue = Parameters<jsonpath.JSONPathQuery["lazyQuery"]>[0];

/** Ends the sentence "is X, wanted …". */
export const wantedJsonPath =
  "$ and then .name, ['name'], [index], [start:end:step] or [*]: RFC 9535 without .. and filters";

const environment = new jsonpath.JSONPathEnvironment({ strict: true });

export class JsonPath {
  /** Where the path is nothing but names of members, these, from the root on; none is the root itself. */
  readonly names: readonly string[] | undefined;
  readonly #query: jsonpath.JSONPathQuery;

  /** @throws {SyntaxError} for text that is no such path; it says what is wrong, and where. */
  constructor(text: string) {
    this.#query = compile(text);
    const names = this.#query.segments.map(nameOf).filter((name) => name !== undefined);
    this.names = names.length === this.#query.segments.length ? names : undefined;
  }

  /** The values that the path leads to, in a value that JSON.parse has made. */
  *select(root: unknown): Generator<unknown> {
    for (const { value } of this.#query.lazyQuery(root as JsonValue)) yield value;
  }
}

function compile(text: string): jsonpath.JSONPathQuery {
  const query = parse(text);
  for (const { token, selectors } of query.segments) {
    if (token.kind === TokenKind.DDOT) throw syntaxError("descendants (..) are not supported", token);
    const filter = selectors.find((selector) => selector instanceof jsonpath.selectors.FilterSelector);
    if (filter !== undefined) throw syntaxError("filters are not supported", filter.token);
  }
  return query;
}

function parse(text: string): jsonpath.JSONPathQuery {
  try {
    return environment.compile(text);
  } catch (error) {
    if (!(error instanceof jsonpath.JSONPathError)) throw error;
    // The message ends in an excerpt that shows neither the whole path nor, always, where it is wrong.
    const reason = error.message.replace(/ \('[^]*':[0-9]+\)$/, "");
    const isReadable = !/TOKEN_|backup/.test(reason);
    throw syntaxError(isReadable ? reason : "a selector is expected, or the end", error.token, {
      cause: error,
    });
  }
}

function syntaxError(reason: string, { index }: { index: number }, options?: ErrorOptions): SyntaxError {
  return new SyntaxError(`${reason} at character ${index + 1}`, options);
}

function nameOf({ selectors }: jsonpath.JSONPathSegment): string | undefined {
  const [selector] = selectors;
  const isName = selectors.length === 1 && selector instanceof jsonpath.selectors.NameSelector;
  return isName ? selector.name : undefined;
}
