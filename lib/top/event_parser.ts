// Reads a stream of server-sent events (HTML Living Standard, 9.2.6), as far as a client of ours needs it.

/** One event; `id` is the last one that was given, by this event or an earlier one. */
export interface ServerEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** A server that sends more without an empty line is not one of ours. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

export class EventParser {
  /** The beginning of a line whose end has not come yet. */
  #line = "";
  /** A `\r` that ends a line, alone or with the `\n` that may follow; or nothing. */
  #return = "";
  #size = 0;
  #data: string[] = [];
  #type = "";
  #id = "";

  /**
   * The events that are complete with this piece of the stream. A `\r` at the end waits for what follows.
   *
   * @throws {RangeError} for an event without end
   */
  push(piece: string): ServerEvent[] {
    const text = this.#return + piece;
    this.#return = text.endsWith("\r") ? "\r" : "";
    const lines = text.slice(0, text.length - this.#return.length).split(/\r\n|\n|\r/);
    const rest = lines.pop() ?? "";
    const events: ServerEvent[] = [];
    for (const line of lines) {
      this.#takeLine(this.#line + line, events);
      this.#line = "";
    }
    // Put by, and not looked through again with each piece: a long line in small ones took hours.
    this.#line += rest;
    if (this.#size + this.#line.length > MAX_EVENT_CHARACTERS) {
      throw new RangeError(`an event has more than ${MAX_EVENT_CHARACTERS} characters, wanted: no more`);
    }
    return events;
  }

  #takeLine(line: string, events: ServerEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) {
        events.push({ id: this.#id, type: this.#type || "message", data: this.#data.join("\n") });
      }
      this.#data = [];
      this.#type = "";
      this.#size = 0;
      return;
    }
    this.#size += line.length;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}
