// The wanted paths of a configuration, in the form in which the readers of formats with a schema need them.

import { hasOwnBytes } from "../json/json_path.ts";
import { parsePaths, type SelectedPath, type WantedValue } from "../json/selected_values.ts";
import { type PathNode, pathTree } from "./path_tree.ts";

export class WantedPlan {
  readonly wanted: readonly SelectedPath[];
  /** All paths; undefined if one of them has other steps than names and indexes, or a name without bytes of its own. */
  readonly tree: PathNode | undefined;

  /** @throws {SyntaxError} if a path is none */
  constructor(values: readonly WantedValue[]) {
    this.wanted = parsePaths(values);
    const wanted = values.flatMap(({ elements, inMilliseconds = false }, path) => {
      const { steps } = this.wanted[path].path;
      return steps?.every((step) => typeof step === "number" || hasOwnBytes(step))
        ? [{ steps, cell: { path, elements, inMilliseconds } }]
        : [];
    });
    this.tree = wanted.length === values.length ? pathTree(wanted) : undefined;
  }
}
