/** A type as its values stand in JSON: the text of an enum in place of the enum. */
export type JsonOf<T> = T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer Item)[] ? JsonOf<Item>[]
  : T extends object ? { [Key in keyof T]: JsonOf<T[Key]> }
  : T;
