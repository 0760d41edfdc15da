// Decodes the lines of `kcat -C -J`: one JSON envelope per record, with its offset and timestamp.

import type { Lines } from "./line_splitter.ts";
import { rawStringBytes } from "./raw_string.ts";
import { encodeHeaders } from "../../records/record_headers.ts";
import type { Records } from "../../records/records.ts";
import { CELL, JSON_KIND, JsonSkimmer, SKIMMED } from "../../formats/json/json_skimmer.ts";
import { memberOf, parseSalted, unsalted } from "../../text/salted_json.ts";

/** An invalid byte becomes U+FFFD, which has three bytes; all other decoding shrinks. */
const MAX_GROWTH = 3;

/** It is dropped before a line: a dump may begin with one, and dumps are joined. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const encoder = new TextEncoder();
/** It stands for bytes that are not UTF-8. */
const REPLACEMENT_CHARACTER = "\ufffd";

interface Envelope {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly payload: string | null;
  readonly headers: Uint8Array | undefined;
}

export class KcatReader {
  readonly #file: string;
  readonly #keyFinder = JsonSkimmer.of([["key"]]);
  #line = 0;
  #bytes = new Uint8Array(0);

  /** @param file its name in error messages */
  constructor(file: string) {
    this.#file = file;
  }

  /** `records` stay valid until the next call. @throws {SyntaxError} with file and line for any other line */
  decode({ bytes, starts, ends, count }: Lines, records: Records): void {
    if (this.#bytes.length < bytes.length * MAX_GROWTH) {
      this.#bytes = new Uint8Array(bytes.length * MAX_GROWTH);
    }
    records.reset(this.#bytes);
    records.reserve(count);
    const { keepsHeaders } = records;
    let end = 0;
    const append = (text: string | null): number => {
      if (text === null) return -1;
      const start = end;
      end += encoder.encodeInto(text, this.#bytes.subarray(start)).written;
      return start;
    };
    for (let i = 0; i < count; i++) {
      this.#line++;
      if (starts[i] < 0) continue;
      const envelope = this.#parse(bytes.subarray(starts[i], ends[i]), keepsHeaders);
      const { offset, timestampMs, key, payload, headers } = envelope;
      const keyStart = end;
      if (key !== null && key.includes(REPLACEMENT_CHARACTER)) {
        const raw = this.#rawKey(bytes, starts[i], ends[i]) ?? encoder.encode(key);
        this.#bytes.set(raw, end);
        end += raw.length;
      } else append(key);
      const keyEnd = key === null ? -1 : end;
      const valueStart = append(payload);
      records.push(
        offset,
        timestampMs,
        key === null ? -1 : keyStart,
        keyEnd,
        valueStart,
        payload === null ? -1 : end,
      );
      if (headers === undefined) continue;
      this.#bytes.set(headers, end);
      records.setHeaders(records.count - 1, end, end + headers.length);
      end += headers.length;
    }
  }

  #parse(line: Uint8Array, keepsHeaders: boolean): Envelope {
    let envelope: unknown;
    try {
      envelope = parseSalted(withoutMark(line));
    } catch (cause) {
      throw this.#broken("is not JSON", cause);
    }
    if (typeof envelope !== "object" || envelope === null || Array.isArray(envelope)) {
      throw this.#broken("is no object");
    }
    const [topic, partition, offset, ts] = ["topic", "partition", "offset", "ts"].map((name) =>
      memberOf(envelope, name)
    );
    if (typeof topic !== "string" || typeof partition !== "number" || typeof offset !== "number") {
      throw this.#broken("has no topic, partition and offset");
    }
    if (!isAbsent(ts) && typeof ts !== "number") throw this.#broken("has a ts that is no number");
    return {
      offset,
      // Kafka uses -1 for no timestamp.
      timestampMs: typeof ts === "number" && ts >= 0 ? ts : NaN,
      key: this.#text("key", memberOf(envelope, "key")),
      payload: this.#text("payload", memberOf(envelope, "payload")),
      headers: keepsHeaders ? this.#headers(memberOf(envelope, "headers")) : undefined,
    };
  }

  /** The bytes of a key that is not UTF-8; undefined if they cannot be found. */
  #rawKey(bytes: Uint8Array, lineStart: number, end: number): Uint8Array | undefined {
    const finder = this.#keyFinder;
    const start = end - withoutMark(bytes.subarray(lineStart, end)).length;
    if (finder === undefined || end - start > finder.maxRecordBytes) return undefined;
    finder.begin(bytes, end);
    if (finder.skim(start, end) !== SKIMMED.valid) return undefined;
    const { numbers, base } = finder;
    const kind = numbers[CELL.kind];
    if (kind !== JSON_KIND.string && kind !== JSON_KIND.escapedString) return undefined;
    return rawStringBytes(bytes, base + numbers[CELL.start] + 1, base + numbers[CELL.end] - 1);
  }

  /** Names and values follow each other in one list. */
  #headers(headers: unknown): Uint8Array | undefined {
    if (isAbsent(headers)) return undefined;
    if (!Array.isArray(headers) || headers.length % 2 !== 0) {
      throw this.#broken("has headers that are no list of names and values");
    }
    const texts = headers.map((text: unknown) => this.#text("header", text));
    return encodeHeaders(
      texts.flatMap((name, i) => i % 2 === 0 ? [[name ?? "", texts[i + 1]] as const] : []),
    );
  }

  #text(name: string, value: unknown): string | null {
    if (typeof value === "string") return unsalted(value);
    if (isAbsent(value)) return null;
    throw this.#broken(`has a ${name} that is no string`);
  }

  #broken(what: string, cause?: unknown): SyntaxError {
    const message = `${this.#file}:${this.#line}: the line ${what}: wanted an envelope of kcat -C -J`;
    return new SyntaxError(message, { cause });
  }
}

function withoutMark(line: Uint8Array): Uint8Array {
  return BYTE_ORDER_MARK.every((byte, i) => line[i] === byte) ? line.subarray(BYTE_ORDER_MARK.length) : line;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
