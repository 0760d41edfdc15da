// `--set PATH=VALUE`: one value of the configuration, given on the command line.

import { z } from "zod";
import { childOf, defaultOf, hasUnit, isText, kindOf } from "./key.ts";
import { childIn, type Path, type Place, Places } from "./places.ts";
import { configSchema, exclusiveKeys } from "./schema.ts";
import { suggestion } from "../text/suggestion.ts";
import { readYaml, UnreadableYamlError } from "./yaml_reader.ts";

type Container = Record<string, unknown> | unknown[];

interface OverrideContext {
  readonly places: Places;
  readonly report: (place: Place, path: Path, message: string) => void;
}

/** Puts `setting` (PATH=VALUE) into `root`, which it changes; what is wrong with it is reported. */
export function override(root: Record<string, unknown>, setting: string, context: OverrideContext): void {
  const equals = setting.indexOf("=");
  const names = setting.slice(0, equals < 0 ? undefined : equals);
  // Without the equals sign what follows the path may be a password.
  const place = { file: `--set ${equals < 0 ? /^[\w.]*/.exec(names) : names}` };
  if (equals < 0) return context.report(place, [], "has no value, wanted PATH=VALUE");
  const value = setting.slice(equals + 1);
  const path = resolvePath(names, root, (message) => context.report(place, [], message));
  if (path === undefined) return;

  const schema = path.reduce<z.ZodType>((schema, name) => childOf(schema, name) ?? schema, configSchema);
  if (value === "" && !isText(schema)) return remove(root, path, context.places);
  let read: unknown = value;
  if (!isText(schema) && !hasUnit(schema)) {
    try {
      const places = new Places(place);
      read = readYaml(value, { schema, path, places, placeAt: () => place, report: context.report });
    } catch (error) {
      if (error instanceof UnreadableYamlError) return;
      throw error;
    }
    if (read === undefined) return remove(root, path, context.places);
  }
  put(root, path, { value: read, place, places: context.places });
}

/** Keys and indexes of a dotted path; undefined, reported, where the configuration has no such place. */
function resolvePath(
  names: string,
  root: Record<string, unknown>,
  report: (message: string) => void,
): Path | undefined {
  const path: (string | number)[] = [];
  let schema: z.ZodType = configSchema;
  let there: unknown = root;
  for (const name of names.split(".")) {
    const kind = kindOf(schema);
    if (kind instanceof z.ZodArray) {
      const length = Array.isArray(there) ? there.length : 0;
      if (!/^(0|[1-9][0-9]{0,5})$/.test(name) || Number(name) > length) {
        report(`"${name}" is not an index of this list, wanted 0 to ${length}`);
        return undefined;
      }
      path.push(Number(name));
    } else if (kind instanceof z.ZodObject) {
      if (childOf(kind, name) === undefined) {
        report(`unknown key "${name}"${suggestion(name, Object.keys(kind.shape))}`);
        return undefined;
      }
      path.push(name);
    } else {
      report(`there is nothing below ${path.join(".")}`);
      return undefined;
    }
    schema = childOf(kind, path[path.length - 1]) ?? schema;
    there = childIn(there, path[path.length - 1]) ?? defaultOf(schema);
  }
  return path;
}

function put(
  root: Record<string, unknown>,
  path: Path,
  { value, place, places }: { value: unknown; place: Place; places: Places },
): void {
  let holder: Container = root;
  let schema: z.ZodType = configSchema;
  for (const [depth, name] of path.entries()) {
    const at = path.slice(0, depth);
    const exclusive = exclusiveKeys[at.join(".")] ?? [];
    if (exclusive.includes(String(name))) {
      for (const other of exclusive) if (other !== name) remove(root, [...at, other], places);
    }
    schema = childOf(schema, name) ?? schema;
    if (depth === path.length - 1) {
      (holder as Record<string | number, unknown>)[name] = value;
      break;
    }
    const isList = kindOf(schema) instanceof z.ZodArray;
    const there = childIn(holder, name);
    // What is there and wrong (text for a mapping, say) is told of in its own place.
    if (
      there !== undefined && (typeof there !== "object" || there === null || Array.isArray(there) !== isList)
    ) return;
    const next: Container = (there ?? defaultOf(schema) ?? (isList ? [] : {})) as Container;
    (holder as Record<string | number, unknown>)[name] = next;
    holder = next;
  }
  places.delete(path);
  places.set(path, place);
}

function remove(root: Record<string, unknown>, path: Path, places: Places): void {
  const holder = path.slice(0, -1).reduce<unknown>(childIn, root);
  const name = path[path.length - 1];
  places.delete(path);
  if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else if (typeof holder === "object" && holder !== null) delete (holder as Record<string, unknown>)[name];
}
