// A node says how a type is read for the paths below it. A value that no path leads to is skipped, with as few steps as
// possible.

import { type PathNode, pathsOf, type WantedCell } from "../schema/path_tree.ts";
import type { AvroType, RecordType } from "./avro_schema.ts";

/** `skip` has a constant size. A `value` is a scalar that is wanted. */
export const STEP = {
  skip: 0,
  skipInt: 1,
  skipLong: 2,
  skipPrefixed: 3,
  skipEnum: 4,
  value: 5,
  record: 6,
  union: 7,
  array: 8,
  map: 9,
} as const;

const encoder = new TextEncoder();
const NO_CELLS: readonly WantedCell[] = [];
const NO_CHILDREN: readonly AvroNode[] = [];
const NO_ELEMENTS: ReadonlyMap<number, AvroNode> = new Map();
const NO_MEMBERS: AvroNode["members"] = [];

/** Nodes are cyclic where types are, so they are filled after they are made. */
export class AvroNode {
  readonly type: AvroType;
  step: number;
  /** The constant size of what is skipped; the number of symbols; the least bytes of an item. */
  size = 0;
  /** The cells that the value fills. */
  readonly cells: readonly WantedCell[];
  /** The fields of a record, the branches of a union. */
  children: readonly AvroNode[] = NO_CHILDREN;
  /** Reads the items that no path names. */
  items: AvroNode = this;
  /** By index, the items that paths name. */
  elements: ReadonlyMap<number, AvroNode> = NO_ELEMENTS;
  /** The members of a map that paths name. */
  members: readonly {
    readonly key: Uint8Array;
    readonly node: AvroNode;
    readonly paths: readonly number[];
  }[] = NO_MEMBERS;

  constructor(type: AvroType, cells: readonly WantedCell[] = NO_CELLS) {
    this.type = type;
    this.step = cells.length > 0 ? STEP.value : SKIP_STEPS[type.kind];
    this.cells = cells;
  }
}

const SKIP_STEPS: Readonly<Record<AvroType["kind"], number>> = {
  null: STEP.skip,
  boolean: STEP.skip,
  float: STEP.skip,
  double: STEP.skip,
  fixed: STEP.skip,
  int: STEP.skipInt,
  long: STEP.skipLong,
  bytes: STEP.skipPrefixed,
  string: STEP.skipPrefixed,
  enum: STEP.skipEnum,
  record: STEP.record,
  union: STEP.union,
  array: STEP.array,
  map: STEP.map,
};

export class NodeMaker {
  readonly #skipping = new Map<AvroType, AvroNode>();
  readonly #wanting = new Map<PathNode, Map<AvroType, AvroNode>>();
  readonly #sizes = new Map<AvroType, number | undefined>();

  /** The node of a type for the paths at and below `wanted`; undefined if there are none. */
  make(type: AvroType, wanted: PathNode | undefined): AvroNode {
    let known = this.#skipping;
    if (wanted !== undefined) {
      known = this.#wanting.get(wanted) ?? new Map();
      this.#wanting.set(wanted, known);
    }
    const before = known.get(type);
    if (before !== undefined) return before;
    const node = new AvroNode(type, wanted?.cells);
    known.set(type, node);
    this.#fill(node, wanted);
    return node;
  }

  #fill(node: AvroNode, wanted: PathNode | undefined): void {
    const { type } = node;
    const size = constantSize(type, this.#sizes);
    if (wanted === undefined && size !== undefined) node.step = STEP.skip;
    if (node.step === STEP.skip) {
      node.size = size ?? 0;
      return;
    }
    switch (type.kind) {
      case "enum":
        node.size = type.symbols.length;
        break;
      case "union":
        node.step = STEP.union;
        node.children = type.branches.map((branch) => this.make(branch, wanted));
        break;
      case "record":
        node.step = STEP.record;
        node.children = this.#fields(type, wanted);
        break;
      case "array":
        node.step = STEP.array;
        node.elements = new Map(
          [...wanted?.elements ?? []].map(([index, path]) => [index, this.make(type.items, path)]),
        );
        this.#fillItems(node, type.items, 0);
        break;
      case "map":
        node.step = STEP.map;
        node.members = [...wanted?.members ?? []].map(([name, path]) => ({
          key: encoder.encode(name),
          node: this.make(type.values, path),
          paths: pathsOf(path),
        }));
        this.#fillItems(node, type.values, 1);
    }
  }

  #fillItems(node: AvroNode, item: AvroType, keyBytes: number): void {
    node.size = keyBytes + leastSize(item);
    node.items = this.make(item, undefined);
  }

  /** The fields in their order; neighbours of constant size are skipped together. */
  #fields({ fields }: RecordType, wanted: PathNode | undefined): AvroNode[] {
    const nodes: AvroNode[] = [];
    for (const { name, type } of fields) {
      const node = this.make(type, wanted?.members.get(name));
      const last = nodes.at(-1);
      if (node.step !== STEP.skip) nodes.push(node);
      else if (last?.step !== STEP.skip) nodes.push(skipOf(type, node.size));
      else if (node.size > 0) nodes.splice(-1, 1, skipOf(type, last.size + node.size));
    }
    return nodes;
  }
}

function skipOf(type: AvroType, size: number): AvroNode {
  const node = new AvroNode(type);
  node.step = STEP.skip;
  node.size = size;
  return node;
}

/** The bytes of every value of the type; undefined where they differ. A type that contains itself has none. */
function constantSize(type: AvroType, known: Map<AvroType, number | undefined>): number | undefined {
  if (known.has(type)) return known.get(type);
  known.set(type, undefined);
  const size = ownSize(type, known);
  known.set(type, size);
  return size;
}

function ownSize(type: AvroType, known: Map<AvroType, number | undefined>): number | undefined {
  switch (type.kind) {
    case "null":
      return 0;
    case "boolean":
      return 1;
    case "float":
      return 4;
    case "double":
      return 8;
    case "fixed":
      return type.size;
    case "record":
      return type.fields.reduce<number | undefined>((sum, field) => {
        const size = sum === undefined ? undefined : constantSize(field.type, known);
        return size === undefined ? undefined : Number(sum) + size;
      }, 0);
    default:
      return undefined;
  }
}

const leastSizes = new WeakMap<AvroType, number>();

/** A number of bytes that no value of the type is below. */
export function leastSize(type: AvroType): number {
  const known = leastSizes.get(type);
  if (known !== undefined) return known;
  if (type.kind !== "record") return ownSize(type, new Map()) ?? 1;
  leastSizes.set(type, 0);
  const size = type.fields.reduce((sum, field) => sum + leastSize(field.type), 0);
  leastSizes.set(type, size);
  return size;
}
