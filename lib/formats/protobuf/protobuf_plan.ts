// A plan says how a message is read for the paths below it. Fields that no path leads to have no part in it.

import { type PathNode, pathsOf, type WantedCell } from "../schema/path_tree.ts";
import type { FieldType, MessageType, ValueType } from "./protobuf_type.ts";

/** How a value is read: a scalar, a message, or a value of a map. */
export interface ValuePlan {
  readonly type: ValueType;
  readonly cells: readonly WantedCell[];
  /** Undefined for a scalar, and for a message of which no field is wanted. */
  readonly message: MessagePlan | undefined;
  /** The paths of all its cells, and of those below it. */
  readonly paths: readonly number[];
}

export interface FieldPlan {
  readonly field: FieldType;
  /** Undefined for a repeated field and a map. */
  readonly single: ValuePlan | undefined;
  readonly type: ValueType;
  /** The cells of the whole list or map. */
  readonly cells: readonly WantedCell[];
  /** By index. */
  readonly elements: ReadonlyMap<number, ValuePlan>;
  /** By the text of the key. */
  readonly members: ReadonlyMap<string, ValuePlan>;
  /** The paths of the other fields of a oneof. */
  readonly excluded: readonly number[];
  /** The number of elements so far. */
  count: number;
  /** The elements so far, where all of them are wanted. */
  list: unknown[];
}

export interface MessagePlan {
  readonly cells: readonly WantedCell[];
  readonly fields: ReadonlyMap<number, FieldPlan>;
}

/** @throws {SyntaxError} if the schema does not define the type of a wanted field */
export function messagePlan(type: MessageType, wanted: PathNode): MessagePlan {
  const children = new Map<number, PathNode>();
  for (const [name, node] of wanted.members) {
    const field = fieldNamed(type, name);
    if (field !== undefined) children.set(field.number, together(children.get(field.number), node));
  }
  const fields = new Map<number, FieldPlan>();
  for (const field of type.fields.values()) {
    const node = children.get(field.number);
    const excluded = [...children].flatMap(([number, other]) =>
      number !== field.number && field.oneof?.has(number) ? pathsOf(other) : []
    );
    if (node !== undefined) fields.set(field.number, fieldPlan(field, node, excluded));
    else if (excluded.length > 0) fields.set(field.number, fieldPlan(field, NOTHING, excluded));
  }
  return { cells: wanted.cells, fields };
}

const NOTHING: PathNode = { members: new Map(), elements: new Map(), cells: [] };

/** Forgets the elements of repeated fields: another message begins. */
export function restart({ fields }: MessagePlan): void {
  for (const plan of fields.values()) {
    plan.count = 0;
    if (plan.list.length > 0) plan.list = [];
    if (plan.single?.message !== undefined) restart(plan.single.message);
  }
}

/** A field has two names. */
function fieldNamed({ fields }: MessageType, name: string): FieldType | undefined {
  const all = [...fields.values()];
  return all.find((field) => field.name === name) ?? all.find((field) => field.jsonName === name);
}

/** Both names of a field may be wanted. */
function together(one: PathNode | undefined, other: PathNode): PathNode {
  if (one === undefined) return other;
  const merge = <Key>(a: ReadonlyMap<Key, PathNode>, b: ReadonlyMap<Key, PathNode>) => {
    const all = new Map(a);
    for (const [key, node] of b) all.set(key, together(all.get(key), node));
    return all;
  };
  return {
    members: merge(one.members, other.members),
    elements: merge(one.elements, other.elements),
    cells: [...one.cells, ...other.cells],
  };
}

function fieldPlan(field: FieldType, node: PathNode, excluded: readonly number[]): FieldPlan {
  const type = field.value();
  const isMap = field.mapKey !== undefined;
  const isSingle = !field.isRepeated && !isMap;
  return {
    field,
    type,
    single: isSingle ? valuePlan(type, node) : undefined,
    cells: isSingle ? [] : node.cells,
    elements: new Map(
      isSingle || isMap ? [] : [...node.elements].map(([i, child]) => [i, valuePlan(type, child)]),
    ),
    members: new Map(isMap ? [...node.members].map(([name, child]) => [name, valuePlan(type, child)]) : []),
    excluded,
    count: 0,
    list: [],
  };
}

function valuePlan(type: ValueType, node: PathNode): ValuePlan {
  const isMessage = type.kind === "message" || type.kind === "group";
  const hasMembers = node.members.size > 0;
  return {
    type,
    cells: node.cells,
    message: isMessage && hasMembers ? messagePlan(type.message, { ...node, cells: [] }) : undefined,
    paths: pathsOf(node),
  };
}
