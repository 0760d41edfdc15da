// Selects values in JSON by a path of RFC 9535, without the parts that let a record decide how long selection takes.
// Descendants (..) would visit the whole value, and filters would run regular expressions on untrusted text. Names,
// indexes, slices, wildcards and lists of them are left.

import { jsonpath, TokenKind } from "json-p3";
import { saltedName } from "../../text/salted_json.ts";

type JsonValue = Parameters<jsonpath.JSONPathQuery["lazyQuery"]>[0];

/** Follows "wanted" in an error message. */
export const wantedJsonPath =
  "$ and then .name, ['name'], [index], [start:end:step] or [*]: RFC 9535 without .. and filters";

const REPLACEMENT_CHARACTER = "\ufffd";

const environment = new jsonpath.JSONPathEnvironment({ strict: true });

/** The name of a member, or the index of an element from 0 on. */
export type JsonStep = string | number;

/** Whether a name is found by its bytes: one with U+FFFD may stand for bytes that are not UTF-8. */
export function hasOwnBytes(name: string): boolean {
  return name.isWellFormed() && !name.includes(REPLACEMENT_CHARACTER);
}

export class JsonPath {
  /** The steps from the root on, if the path has only names and indexes from 0 on; empty for the root itself. */
  readonly steps: readonly JsonStep[] | undefined;
  readonly #query: jsonpath.JSONPathQuery;

  /** @throws {SyntaxError} if the text is no such path; the message says why and where. */
  constructor(text: string) {
    this.#query = compile(text);
    const steps = this.#query.segments.map(stepOf).filter((step) => step !== undefined);
    this.steps = steps.length === this.#query.segments.length ? steps : undefined;
    for (const { selectors } of this.#query.segments) {
      selectors.splice(0, Infinity, ...selectors.map(saltSelector));
    }
  }

  /** Yields the values that the path leads to in a value that `parseSalted` has made. Their strings have the salt. */
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
    // Cut off the excerpt at the end of the message: it shows neither the whole path nor always the place.
    const hasExcerpt = /':[0-9]+\)$/.test(error.message);
    const reason = hasExcerpt ? error.message.split(" ('", 1)[0] : error.message;
    const isReadable = !/TOKEN_|backup/.test(reason);
    throw syntaxError(isReadable ? reason : "a selector is expected, or the end", error.token, {
      cause: error,
    });
  }
}

function syntaxError(reason: string, { index }: { index: number }, options?: ErrorOptions): SyntaxError {
  return new SyntaxError(`${reason} at character ${index + 1}`, options);
}

function saltSelector(selector: jsonpath.JSONPathSelector): jsonpath.JSONPathSelector {
  if (!(selector instanceof jsonpath.selectors.NameSelector)) return selector;
  const { environment, token, name } = selector;
  return new jsonpath.selectors.NameSelector(environment, token, saltedName(name));
}

function stepOf({ selectors }: jsonpath.JSONPathSegment): JsonStep | undefined {
  const [selector] = selectors;
  if (selectors.length !== 1) return undefined;
  if (selector instanceof jsonpath.selectors.NameSelector) return selector.name;
  const isIndex = selector instanceof jsonpath.selectors.IndexSelector && selector.index >= 0;
  return isIndex ? selector.index : undefined;
}
