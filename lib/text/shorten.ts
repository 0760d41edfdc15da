// Shortens text that comes from outside. Messages, log lines and reasons show the beginning of it.

/** The longest part of one foreign text within a message. */
export const MAX_SHOWN_CHARACTERS = 200;
/** The longest reason: several addresses may have failed, each with a message of its own. */
export const MAX_REASON_CHARACTERS = 4_096;

export function shorten(text: string, maxCharacters: number = MAX_SHOWN_CHARACTERS): string {
  return text.slice(0, maxCharacters);
}
