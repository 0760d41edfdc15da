// The text that takes the place of a match, with the references of String.prototype.replace: $& is the match, $1 to $99
// and $<name> are groups, $$ is a dollar sign.

/** A part of a template: text as it stands, the number of a group (0 is the match), or the name of one. */
type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "group"; readonly index: number }
  | { readonly kind: "name"; readonly name: string };

const REFERENCE = /\$(?:([$&])|(\d{1,2})|<([^>]*)>)/g;

export class ReplacementTemplate {
  /** The text itself, if no reference depends on the match. */
  readonly constant: string | undefined;
  readonly #parts: readonly Part[];

  /** `groups` and `names` are those of the pattern; a reference to any other group is text. */
  constructor(
    template: string,
    { groups, names }: { readonly groups: number; readonly names: readonly string[] },
  ) {
    const parts: Part[] = [];
    let end = 0;
    for (const match of template.matchAll(REFERENCE)) {
      const [reference, sign, digits, name] = match;
      const part = sign !== undefined
        ? sign === "$" ? { kind: "text", text: "$" } as const : { kind: "group", index: 0 } as const
        : name !== undefined
        ? names.length > 0 ? { kind: "name", name } as const : undefined
        : groupOf(digits, groups);
      if (part === undefined) continue;
      parts.push({ kind: "text", text: template.slice(end, match.index) }, part);
      end = match.index + reference.length;
      // The second one of two digits may be text.
      if (part.kind === "group" && digits !== undefined && part.index !== Number(digits)) end--;
    }
    parts.push({ kind: "text", text: template.slice(end) });
    this.#parts = parts;
    const texts = parts.map((part) => part.kind === "text" ? part.text : undefined);
    this.constant = texts.includes(undefined) ? undefined : texts.join("");
  }

  /** The text for a match. A group that did not take part is empty. */
  expand(match: RegExpExecArray): string {
    let text = "";
    for (const part of this.#parts) {
      if (part.kind === "text") text += part.text;
      else if (part.kind === "group") text += match[part.index] ?? "";
      else text += match.groups?.[part.name] ?? "";
    }
    return text;
  }
}

function groupOf(digits: string, groups: number): Part | undefined {
  const both = Number(digits);
  if (both >= 1 && both <= groups) return { kind: "group", index: both };
  const first = Number(digits[0]);
  return digits.length === 2 && first >= 1 && first <= groups ? { kind: "group", index: first } : undefined;
}
