// A JsonPlan is a set of paths as a tree, written for json_skim.as. One pass over a record then finds what all of them
// lead to.

import { hasOwnBytes, type JsonStep } from "./json_path.ts";

const MAX_INDEX = 2 ** 31 - 1;
const NO_CELL = -1;
/** A node has six numbers, an entry of a list two, and a list ends with a zero. */
const NODE_BYTES = 24;
const ENTRY_BYTES = 8;
const END_BYTES = 4;
/** A bit stands for each name length modulo this. */
const LENGTH_BITS = 32;

const encoder = new TextEncoder();

interface Node {
  readonly members: Map<string, Node>;
  readonly elements: Map<number, Node>;
  isWanted: boolean;
  cell: number;
  firstCell: number;
  endCell: number;
}

/** The cell of each path, and the plan as bytes that stand at the address `base`. */
export class JsonPlan {
  readonly cells: readonly number[];
  /** The number of different paths. */
  readonly cellCount: number;
  readonly bytes: Uint8Array;
  /** The steps of the longest path. */
  readonly depth: number;

  /** Whether a plan may have this path. */
  static canHave(steps: readonly JsonStep[]): boolean {
    return steps.every((step) => typeof step === "number" ? step <= MAX_INDEX : hasOwnBytes(step));
  }

  /** `canHave` accepts the paths. */
  constructor(paths: readonly (readonly JsonStep[])[], base: number) {
    const root = makeNode();
    const ends = paths.map((steps) => steps.reduce(below, root));
    for (const end of ends) end.isWanted = true;
    this.cellCount = numberCells(root, 0);
    this.cells = ends.map(({ cell }) => cell);
    this.bytes = new PlanWriter(base, sizeOf(root)).write(root);
    this.depth = Math.max(0, ...paths.map(({ length }) => length));
  }
}

function makeNode(): Node {
  return {
    members: new Map(),
    elements: new Map(),
    isWanted: false,
    cell: NO_CELL,
    firstCell: 0,
    endCell: 0,
  };
}

function below({ members, elements }: Node, step: JsonStep): Node {
  const known = typeof step === "number" ? elements.get(step) : members.get(step);
  if (known !== undefined) return known;
  const node = makeNode();
  if (typeof step === "number") elements.set(step, node);
  else members.set(step, node);
  return node;
}

/** Numbers the cells from `first` on, so that those of a subtree are consecutive; returns the next number. */
function numberCells(node: Node, first: number): number {
  let next = first;
  node.firstCell = first;
  if (node.isWanted) node.cell = next++;
  for (const child of [...node.members.values(), ...node.elements.values()]) next = numberCells(child, next);
  node.endCell = next;
  return next;
}

function sizeOf({ members, elements }: Node): number {
  const own = NODE_BYTES + 2 * END_BYTES + (members.size + elements.size) * ENTRY_BYTES;
  const names = [...members.keys()].reduce((sum, name) => sum + paddedLength(encoder.encode(name).length), 0);
  const children = [...members.values(), ...elements.values()];
  return children.reduce((sum, child) => sum + sizeOf(child), own + names);
}

function paddedLength(length: number): number {
  return Math.ceil(length / 4) * 4;
}

class PlanWriter {
  readonly #base: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #end = 0;

  constructor(base: number, size: number) {
    this.#base = base;
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  write(root: Node): Uint8Array {
    this.#writeNode(root);
    return this.#bytes;
  }

  /** Returns the address of the node. */
  #writeNode({ members, elements, cell, firstCell, endCell }: Node): number {
    const at = this.#take(NODE_BYTES);
    const names = [...members].map(([name, child]) => ({ name: encoder.encode(name), child }));
    const lengths = names.reduce((bits, { name }) => bits | 1 << name.length % LENGTH_BITS, 0);
    const memberList = this.#writeMembers(names);
    const elementList = this.#writeElements(elements);
    [cell, firstCell, endCell, memberList, elementList, lengths].forEach((number, i) => {
      this.#view.setInt32(at + 4 * i, number, true);
    });
    return this.#base + at;
  }

  #writeMembers(names: readonly { readonly name: Uint8Array; readonly child: Node }[]): number {
    if (names.length === 0) return 0;
    const size = names.reduce((sum, { name }) => sum + ENTRY_BYTES + paddedLength(name.length), END_BYTES);
    const list = this.#take(size);
    let at = list;
    for (const { name, child } of names) {
      this.#view.setInt32(at, this.#writeNode(child), true);
      this.#view.setInt32(at + 4, name.length, true);
      this.#bytes.set(name, at + ENTRY_BYTES);
      at += ENTRY_BYTES + paddedLength(name.length);
    }
    return this.#base + list;
  }

  #writeElements(elements: ReadonlyMap<number, Node>): number {
    if (elements.size === 0) return 0;
    const list = this.#take(elements.size * ENTRY_BYTES + END_BYTES);
    let at = list;
    for (const [index, child] of elements) {
      this.#view.setInt32(at, this.#writeNode(child), true);
      this.#view.setInt32(at + 4, index, true);
      at += ENTRY_BYTES;
    }
    return this.#base + list;
  }

  #take(size: number): number {
    const at = this.#end;
    this.#end += size;
    return at;
  }
}
