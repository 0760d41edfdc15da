// Renames what has the name `__proto__` in a schema before protobufjs reads it. protobufjs makes names the properties of
// plain objects, where that name is lost.

const UNSAFE = "__proto__";
const ANYWHERE = /\b__proto__\b/g;
/** Nobody can use it for another field of the same message. */
const SAFE = `p${crypto.randomUUID().replaceAll("-", "")}`;

/** The text of a schema, or a name in it, as protobufjs may see it. */
export function safeText(text: string): string {
  return text.replace(ANYWHERE, SAFE);
}

/** The name that something has in its schema. */
export function trueName(name: string): string {
  return name === SAFE ? UNSAFE : name;
}
