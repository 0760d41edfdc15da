// Reads a stream of server-sent events with eventsource-parser, and bounds the size of an event.

import { createParser } from "eventsource-parser";

/** The daemon's own events are far smaller. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

export interface ServerEvent {
  /** The last id that this event or an earlier one has. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

export class EventParser {
  #id = "";
  #events: ServerEvent[] = [];
  readonly #parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onId: (id) => this.#id = id,
    onEvent: ({ event = "message", data }) => this.#events.push({ id: this.#id, type: event, data }),
  });

  /**
   * Returns the events that end with this piece of the stream.
   *
   * @throws {RangeError} for an event without end; nothing can be pushed after that
   */
  push(text: string): ServerEvent[] {
    this.#events = [];
    try {
      this.#parser.feed(text);
    } catch (cause) {
      // The parser throws for this reason alone. To be told by `onError` would cost an error for each unknown field.
      throw new RangeError(`an event has more than ${MAX_EVENT_CHARACTERS} characters`, { cause });
    }
    return this.#events;
  }
}
