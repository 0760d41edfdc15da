// `--set PATH=VALUE`: overrides one value of the configuration.

import { z } from "zod";
import { formerKey } from "./former_keys.ts";
import { suggestion } from "../text/suggestion.ts";
import { childOf, defaultOf, hasUnit, isText, kindOf, nameWanted } from "./key.ts";
import { childIn, type Path, type Place, Places } from "./places.ts";
import { configSchema, exclusiveGroups } from "./schema.ts";
import { readYaml, UnreadableYamlError } from "./yaml_reader.ts";

type Container = Record<string | number, unknown>;

interface OverrideContext {
  readonly places: Places;
  readonly report: (place: Place, path: Path, message: string) => void;
}

/** Changes `root` by `setting`, which is PATH=VALUE. Reports what is wrong with it. */
export function override(root: Record<string, unknown>, setting: string, context: OverrideContext): void {
  const { places, report } = context;
  const equals = setting.indexOf("=");
  const names = setting.slice(0, equals < 0 ? undefined : equals);
  // Without the equals sign a password may follow the path.
  const place = { file: `--set ${equals < 0 ? /^[\w.]*/.exec(names) : names}` };
  if (equals < 0) return report(place, [], "has no value, wanted PATH=VALUE");
  const target = resolvePath(names, root);
  if (typeof target === "string") return report(place, [], target);

  const { path, schema } = target;
  const text = setting.slice(equals + 1);
  let value: unknown = text;
  if (!isText(schema) && (text === "" || !hasUnit(schema))) {
    try {
      value = readYaml(text, { schema, path, places: new Places(place), report });
    } catch (error) {
      if (error instanceof UnreadableYamlError) return;
      throw error;
    }
  }
  if (value === undefined) return remove(root, path, places);
  put(root, path, value, places);
  places.delete(path);
  places.set(path, place);
}

/** The place of a dotted path in the configuration, or what is wrong with the path. */
function resolvePath(
  names: string,
  root: Record<string, unknown>,
): { readonly path: Path; readonly schema: z.ZodType } | string {
  const path: (string | number)[] = [];
  let schema: z.ZodType = configSchema;
  let there: unknown = root;
  for (const name of names.split(".")) {
    const kind = kindOf(schema);
    const isList = kind instanceof z.ZodArray;
    if (!isList && !(kind instanceof z.ZodObject) && !(kind instanceof z.ZodRecord)) {
      return `there is nothing below ${path.join(".")}`;
    }
    const length = Array.isArray(there) ? there.length : 0;
    if (isList && (!/^(0|[1-9][0-9]{0,5})$/.test(name) || Number(name) > length)) {
      return `"${name}" is not an index of this list, wanted 0 to ${length}`;
    }
    const key = isList ? Number(name) : name;
    const child = childOf(schema, key);
    if (child === undefined) {
      const former = formerKey([...path, name]);
      if (former !== undefined) return former;
      if (kind instanceof z.ZodRecord) return `"${name}" is no name there, wanted ${nameWanted(kind)}`;
      return `unknown key "${name}"${suggestion(name, Object.keys((kind as z.ZodObject).shape))}`;
    }
    path.push(key);
    schema = child;
    there = childIn(there, key) ?? defaultOf(schema);
  }
  return { path, schema };
}

/** Puts the value at the path, with defaults for what is missing on the way. */
function put(root: Container, path: Path, value: unknown, places: Places): void {
  let holder = root;
  let schema: z.ZodType = configSchema;
  for (const [depth, name] of path.entries()) {
    const at = path.slice(0, depth);
    for (const group of exclusiveGroups(at.join(".")).filter((group) => group.includes(String(name)))) {
      for (const other of group) if (other !== name) remove(root, [...at, other], places);
    }
    schema = childOf(schema, name) ?? schema;
    const isList = kindOf(schema) instanceof z.ZodArray;
    const there = childIn(holder, name) ?? defaultOf(schema) ?? (isList ? [] : {});
    holder[name] = depth === path.length - 1 ? value : there;
    // A value of another type is reported at its own place. The setting goes into a mapping that nothing refers to.
    holder = typeof there === "object" && Array.isArray(there) === isList ? there as Container : {};
  }
}

function remove(root: Container, path: Path, places: Places): void {
  const holder = path.slice(0, -1).reduce<unknown>(childIn, root);
  const name = path[path.length - 1];
  places.delete(path);
  if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else if (typeof holder === "object" && holder !== null) delete (holder as Container)[name];
}
