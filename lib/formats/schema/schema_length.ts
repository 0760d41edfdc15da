// The length of a schema with the schemas that it refers to. Every format has the same limit.

/** The most UTF-16 units of all texts. */
export const MAX_SCHEMA_LENGTH = 4 * 1024 * 1024;

/** The UTF-16 units of all texts. */
export function schemaLength(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

/** @throws {SyntaxError} if the texts are too long together */
export function checkSchemaLength(texts: readonly string[]): void {
  if (schemaLength(texts) > MAX_SCHEMA_LENGTH) {
    throw new SyntaxError(`the schema is longer than ${MAX_SCHEMA_LENGTH} characters`);
  }
}

/** The most memory of the texts. */
export function textBytes(texts: readonly string[]): number {
  return 2 * schemaLength(texts);
}
