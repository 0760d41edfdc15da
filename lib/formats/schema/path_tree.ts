// A tree of paths of names and indexes, so that one pass over a value finds what all of them lead to.

import type { JsonStep } from "../json/json_path.ts";

/** A cell that the value at a node fills. */
export interface WantedCell {
  /** The index of its path among the found values. */
  readonly path: number;
  /** The elements of an array are wanted one by one. */
  readonly elements: boolean;
  /** A timestamp whose schema names its unit is wanted in milliseconds. */
  readonly inMilliseconds: boolean;
}

export interface PathNode {
  readonly members: ReadonlyMap<string, PathNode>;
  readonly elements: ReadonlyMap<number, PathNode>;
  readonly cells: readonly WantedCell[];
}

interface GrowingNode {
  readonly members: Map<string, GrowingNode>;
  readonly elements: Map<number, GrowingNode>;
  readonly cells: WantedCell[];
}

export function pathTree(
  wanted: readonly { readonly steps: readonly JsonStep[]; readonly cell: WantedCell }[],
): PathNode {
  const root = makeNode();
  for (const { steps, cell } of wanted) steps.reduce(below, root).cells.push(cell);
  return root;
}

/** The paths of all cells at a node and below it. */
export function pathsOf({ members, elements, cells }: PathNode): number[] {
  const children = [...members.values(), ...elements.values()];
  return [...cells.map(({ path }) => path), ...children.flatMap(pathsOf)];
}

function makeNode(): GrowingNode {
  return { members: new Map(), elements: new Map(), cells: [] };
}

function below({ members, elements }: GrowingNode, step: JsonStep): GrowingNode {
  const known = typeof step === "number" ? elements.get(step) : members.get(step);
  if (known !== undefined) return known;
  const node = makeNode();
  if (typeof step === "number") elements.set(step, node);
  else members.set(step, node);
  return node;
}
