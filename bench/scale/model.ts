// The model of docs/scaling.md: the processor time that a pane costs a member of a merging group. Its constants come from
// runs with one and two members; it tells what more members make.

/** One run of the bench. */
export interface Measured {
  readonly members: number;
  /** Records of the whole group in a pane. */
  readonly recordsPerPane: number;
  /** Distinct words of a member's pane. */
  readonly wordsPerReport: number;
  /** The sum of all members. */
  readonly cpuSecondsPerMillion: number;
}

export interface ScaleModel {
  readonly recordsPerPane: number;
  /** Counting one record. */
  readonly recordNs: number;
  /** Reporting one word. */
  readonly reportNs: number;
  /** Adding up one reported word. */
  readonly addNs: number;
  /** A member's pane of `n` records has `scale` × n ** `exponent` distinct words (Heaps' law). */
  readonly words: { readonly scale: number; readonly exponent: number };
}

/** @param plain one process without merging @param one one member @param two two members */
export function fitModel(
  { plain, one, two }: Readonly<Record<"plain" | "one" | "two", Measured>>,
): ScaleModel {
  const { recordsPerPane } = one;
  const recordNs = plain.cpuSecondsPerMillion * 1_000;
  const exponent = Math.log2(one.wordsPerReport / two.wordsPerReport);
  const words = { exponent, scale: one.wordsPerReport / recordsPerPane ** exponent };
  // Beyond counting, a pane costs its group M × words × (report + M × add).
  const restOf = ({ cpuSecondsPerMillion, members, wordsPerReport }: Measured) =>
    (cpuSecondsPerMillion * 1_000 - recordNs) * recordsPerPane / (members * wordsPerReport);
  const addNs = Math.max(0, restOf(two) - restOf(one));
  return { recordsPerPane, recordNs, addNs, reportNs: Math.max(0, restOf(one) - addNs), words };
}

/** The processor time of all members together. */
export function cpuSecondsPerMillion(model: ScaleModel, members: number): number {
  const { recordsPerPane, recordNs, reportNs, addNs } = model;
  const merging = members * wordsPerReport(model, members) * (reportNs + members * addNs);
  return (recordNs + merging / recordsPerPane) / 1_000;
}

/** How many times the records of one member that many members count, each with the same share of a core. */
export function speedup(model: ScaleModel, members: number): number {
  return members * cpuSecondsPerMillion(model, 1) / cpuSecondsPerMillion(model, members);
}

export function wordsPerReport({ recordsPerPane, words }: ScaleModel, members: number): number {
  return words.scale * (recordsPerPane / members) ** words.exponent;
}
