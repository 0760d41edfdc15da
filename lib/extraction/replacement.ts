// Replaces what a pattern matches in texts. A pattern such as \d+ runs on the bytes; any other one runs as a regular
// expression, within the time limit of patterns.

import { BytePattern } from "../text/byte_pattern.ts";
import { ReplacementTemplate } from "../text/replacement_template.ts";
import { TimeLimit } from "../text/time_limit.ts";
import { isAscii } from "../words/ascii.ts";
import type { ReplacementRule } from "./reading_rules.ts";
import type { TextList } from "./text_list.ts";

/** A text may grow by this much, in bytes or UTF-16 units. */
export const MAX_GROWTH = 1 << 20;
/** The replaced texts of a run of records may have as many bytes, or as many UTF-16 units in one step. */
export const MAX_MADE_BYTES = 1 << 25;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The outcome for some texts. */
export interface ReplacedTexts {
  /** How many texts are done: fewer than all where time or room has run out. */
  readonly done: number;
  /** Why not all are done. */
  readonly lack: "time" | "room" | undefined;
  /** Indexes of the texts that grew too long. They are unchanged. */
  readonly tooLong: readonly number[];
}

export class Replacement {
  readonly #expression: RegExp;
  readonly #template: ReplacementTemplate;
  readonly #bytePattern: BytePattern | undefined;
  /** The replacement as bytes, if it is the same for all matches. */
  readonly #constant: Uint8Array;
  readonly #limit = new TimeLimit();

  /** @throws {SyntaxError} if the pattern is not a regular expression */
  constructor({ pattern, with: template }: ReplacementRule) {
    this.#expression = new RegExp(pattern, "gu");
    const match = new RegExp(`${pattern}|`, "u").exec("") ?? [];
    const names = Object.keys((match as Partial<RegExpExecArray>).groups ?? {});
    this.#template = new ReplacementTemplate(template, { groups: match.length - 1, names });
    const { constant } = this.#template;
    this.#bytePattern = constant === undefined ? undefined : BytePattern.of(pattern);
    this.#constant = encoder.encode(constant ?? "");
  }

  /** Replaces in the texts of the list, in order, as far as time and room allow. */
  apply(list: TextList): ReplacedTexts {
    const pattern = this.#bytePattern;
    if (pattern === undefined) {
      return this.#applyExpression(
        list,
        Array.from({ length: list.count }, (_, i) => i),
      );
    }
    const others: number[] = [];
    const tooLong: number[] = [];
    for (let index = 0; index < list.count; index++) {
      const bytes = list.bytes(index);
      const start = list.start(index);
      const end = list.end(index);
      if (!pattern.find(bytes, start, start, end)) continue;
      if (list.made.end > MAX_MADE_BYTES) return { done: index, lack: "room", tooLong };
      // Without anything in its place, invalid bytes beside a match could become a character together.
      if (this.#constant.length === 0 && !isAscii(bytes, start, end)) others.push(index);
      else if (!this.#replaceBytes(list, index, pattern)) tooLong.push(index);
    }
    if (others.length === 0) return { done: list.count, lack: undefined, tooLong };
    const slow = this.#applyExpression(list, others);
    const done = slow.lack === undefined ? list.count : others[slow.done];
    return { done, lack: slow.lack, tooLong: [...tooLong, ...slow.tooLong] };
  }

  /** Replaces all matches, the first of which has been found; false if the text grows too long. */
  #replaceBytes(list: TextList, index: number, pattern: BytePattern): boolean {
    const bytes = list.bytes(index);
    const start = list.start(index);
    const end = list.end(index);
    const { made } = list;
    const constant = this.#constant;
    const madeStart = made.end;
    const most = madeStart + end - start + MAX_GROWTH;
    let copied = start;
    do {
      made.addBytes(bytes, copied, pattern.matchStart);
      made.addBytes(constant, 0, constant.length);
      copied = pattern.matchEnd;
    } while (made.end <= most && pattern.find(bytes, copied, start, end));
    made.addBytes(bytes, copied, end);
    if (made.end > most) {
      made.end = madeStart;
      return false;
    }
    list.replace(index, madeStart);
    return true;
  }

  /** Replaces in the texts with these indexes. `done` is how many of them are done. */
  #applyExpression(list: TextList, indexes: readonly number[]): ReplacedTexts {
    const texts = indexes.map((index) =>
      decoder.decode(list.bytes(index).subarray(list.start(index), list.end(index)))
    );
    const replaced: (string | undefined)[] = [];
    let units = list.made.end;
    let withRoom = texts.length;
    const inTime = this.#limit.run(texts, (text, i) => {
      if (units > MAX_MADE_BYTES) withRoom = Math.min(withRoom, i);
      if (i >= withRoom) return;
      const result = this.#replaceIn(text);
      replaced[i] = result;
      units += result?.length ?? 0;
    });
    const done = Math.min(inTime, withRoom);
    const tooLong: number[] = [];
    for (let i = 0; i < done; i++) {
      const text = replaced[i];
      if (text === undefined) tooLong.push(indexes[i]);
      else if (text !== texts[i]) {
        const start = list.made.end;
        list.made.addText(text);
        list.replace(indexes[i], start);
      }
    }
    const lack = done === texts.length ? undefined : inTime > withRoom ? "room" : "time";
    return { done, lack, tooLong };
  }

  /** Undefined where the text grows too long. */
  #replaceIn(text: string): string | undefined {
    const expression = this.#expression;
    const { constant } = this.#template;
    const most = text.length + MAX_GROWTH;
    expression.lastIndex = 0;
    let replaced = "";
    let end = 0;
    for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
      replaced += text.slice(end, match.index) + (constant ?? this.#template.expand(match));
      if (replaced.length > most) return undefined;
      end = match.index + match[0].length;
      if (match[0] === "") expression.lastIndex += (text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1;
    }
    replaced += text.slice(end);
    return replaced.length > most ? undefined : replaced;
  }
}
