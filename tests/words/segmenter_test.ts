import assert from "node:assert/strict";
import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { isAscii } from "../../lib/words/ascii.ts";
import { sharedPieces } from "../../lib/words/pieces.ts";
import { asciiSegmentSplitter, isLocale, segmentSplitter, wordSegmenter } from "../../lib/words/segmenter.ts";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import { WordTable } from "../../lib/words/word_table.ts";

const LOCALES = ["und", "en", "fi", "sv", "ja", "th", "en-US-u-va-posix"];

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The pieces of an ASCII text, cut on its bytes. */
function cutBytes(text: string, split: ReturnType<typeof asciiSegmentSplitter>): string[] {
  const bytes = encode(text);
  const pieces = sharedPieces();
  pieces.load({ bytes, starts: Int32Array.of(0), ends: Int32Array.of(bytes.length) }, 0, 1);
  const [start, end] = [pieces.textStarts[0], pieces.textEnds[0]];
  assert.equal(split(pieces, start, end), end);
  const { starts, ends, count } = pieces;
  return Array.from({ length: count }, (_, i) => text.slice(starts[i] - start, ends[i] - start));
}

function cutText(text: string, split: ReturnType<typeof segmentSplitter>): string[] {
  const pieces: string[] = [];
  split(text, (start, end) => pieces.push(text.slice(start, end)));
  return pieces;
}

Deno.test("asciiSegmentSplitter() cuts every short ASCII text as the segmenter does", () => {
  // One letter, digit or joint represents its kind; every pair of characters is tried between them too.
  const kinds = [..."aZ1_.,;:'\" \n-@"];
  const extend = (texts: string[]): string[] => texts.flatMap((text) => kinds.map((kind) => text + kind));
  const short = [1, 2, 3].reduce((all) => [...all, ...extend(all)], [""]);
  const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const pairs = characters.flatMap((a) => characters.map((b) => a + b));
  const around = pairs.flatMap((pair) => [pair, `a${pair}a`, `1${pair}1`, `_${pair}_`, `a${pair}1`]);
  for (const locale of LOCALES) {
    const segmenter = wordSegmenter(locale);
    const bytes = asciiSegmentSplitter(segmenter);
    const text = segmentSplitter(segmenter);
    for (const each of locale === "und" ? [...short, ...extend(short.slice(-2744)), ...around] : short) {
      assert.deepEqual(cutBytes(each, bytes), cutText(each, text), `${locale}: ${JSON.stringify(each)}`);
    }
  }
});

Deno.test("asciiSegmentSplitter() cuts long ASCII texts as the segmenter does", () => {
  const random = seededRandom(7, 0);
  const segmenter = wordSegmenter("und");
  const bytes = asciiSegmentSplitter(segmenter);
  const text = segmentSplitter(segmenter);
  const often = "aabbz019__..,,;:'' \t\n-";
  for (let n = 0; n < 5_000; n++) {
    const length = Math.floor(random() * 200);
    const each = Array.from({ length }, () => {
      return random() < 0.9
        ? often[Math.floor(random() * often.length)]
        : String.fromCharCode(random() * 128);
    }).join("");
    assert.deepEqual(cutBytes(each, bytes), cutText(each, text), JSON.stringify(each));
  }
});

Deno.test("Tokenizer.tokenize() finds the same words as Intl.Segmenter in many languages", async () => {
  const text = await Deno.readTextFile(new URL("../golden/multilingual.txt", import.meta.url));
  const segmenter = new Intl.Segmenter("en", { granularity: "word" });
  const lines = text.split("\n");
  for (const each of [text, ...lines]) {
    const table = new WordTable();
    const rules = { trim: true, lowercase: false, minLength: 1, maxLength: 256, stopWords: [] };
    const tokenizer = new Tokenizer({ split: { kind: "segmenter", locale: "und" }, ...rules }, table);
    const bytes = encode(each);
    const count = tokenizer.tokenize(bytes, Int32Array.of(0), Int32Array.of(bytes.length), 0, 1);
    const words = [...tokenizer.ids.subarray(0, count)].map((id) => table.text(id));
    const wanted = [...segmenter.segment(each)].filter(({ isWordLike }) => isWordLike);
    assert.deepEqual(words, wanted.map(({ segment }) => segment));
  }
  const ascii = lines.filter((line) => isAscii(encode(line), 0, encode(line).length)).length;
  assert.ok(ascii > 2 && ascii < lines.length - 10, "both ways are taken");
});

Deno.test("wordSegmenter() does not depend on the locale of the machine", () => {
  const resolved = (locale: string) => wordSegmenter(locale).resolvedOptions().locale;
  assert.deepEqual(["und", "tlh", "fi", "th-TH"].map(resolved), ["en", "en", "fi", "th-TH"]);
});

Deno.test("isLocale() accepts language tags only", () => {
  for (const tag of ["und", "en", "zh-Hant-TW", "ja-JP-u-ca-japanese", "tlh"]) assert.ok(isLocale(tag), tag);
  for (const tag of ["", "e", "en_US", "not a locale", "root", "ä"]) assert.ok(!isLocale(tag), tag);
});
