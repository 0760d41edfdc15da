// These functions compile the regular expressions of a configuration, and return undefined for one that does not
// compile.

/** The regular expression of a topic such as `/raw-.*\/`; undefined for a plain name, or where it does not compile. */
export function parseTopicPattern(topic: string): RegExp | undefined {
  return /^\/.+\/$/s.test(topic) ? parsePattern(topic.slice(1, -1)) : undefined;
}

/** A regular expression; undefined where it does not compile. */
export function parsePattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
