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
  #text = "";
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
    const text = this.#text + piece;
    const lines = text.slice(0, text.endsWith("\r") ? -1 : undefined).split(/\r\n|\n|\r/);
    const rest = lines.pop() ?? "";
    this.#text = text.endsWith("\r") ? `${rest}\r` : rest;
    const events: ServerEvent[] = [];
    for (const line of lines) this.#takeLine(line, events);
    if (this.#size + this.#text.length > MAX_EVENT_CHARACTERS) {
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
