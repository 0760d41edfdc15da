// The wanted paths of a configuration, in the form in which the readers of formats with a schema need them.

import { JsonPath, type JsonStep } from "../json/json_path.ts";
import { type PathNode, pathTree } from "./path_tree.ts";

const REPLACEMENT_CHARACTER = "\ufffd";

/** A path, in the syntax of JsonPath. */
export interface WantedValue {
  readonly path: string;
  /** The elements of an array are wanted one by one. */
  readonly elements: boolean;
  /** A timestamp whose schema names its unit is wanted in milliseconds. */
  readonly inMilliseconds?: boolean;
}

export class WantedPlan {
  readonly wanted: readonly { readonly path: JsonPath; readonly elements: boolean }[];
  /** All paths; undefined if one of them has other steps than names and indexes. */
  readonly tree: PathNode | undefined;

  /** @throws {SyntaxError} if a path is none */
  constructor(values: readonly WantedValue[]) {
    this.wanted = values.map(({ path, elements }) => ({ path: new JsonPath(path), elements }));
    const wanted = values.flatMap(({ elements, inMilliseconds = false }, path) => {
      const { steps } = this.wanted[path].path;
      return steps?.every(isFound) ? [{ steps, cell: { path, elements, inMilliseconds } }] : [];
    });
    this.tree = wanted.length === values.length ? pathTree(wanted) : undefined;
  }
}

/** A name with U+FFFD may stand for bytes that are not UTF-8: it is compared as text. */
function isFound(step: JsonStep): boolean {
  return typeof step === "number" || (step.isWellFormed() && !step.includes(REPLACEMENT_CHARACTER));
}
