/** The type of a value in JSON: an enum becomes its text. */
export type JsonOf<T> = T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer Item)[] ? JsonOf<Item>[]
  : T extends object ? { [Key in keyof T]: JsonOf<T[Key]> }
  : T;
