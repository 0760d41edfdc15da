// The live page as an answer: one document that needs nothing from elsewhere, and may load nothing from elsewhere.

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { html, scriptHash, styleHash } from "./page_document.ts";
import type { HttpAnswer } from "./answer.ts";
import { acceptsGzip, parseAccept, qualityOf } from "./accept.ts";

/** The media types of metrics. */
const METRICS_TYPES = [
  { type: "text/plain", version: "0.0.4" },
  { type: "application/openmetrics-text", version: "1.0.0" },
];

/** Words are untrusted input: if one were parsed as markup, this policy would let nothing run or load. */
const SECURITY_POLICY = [
  "default-src 'none'",
  `script-src '${scriptHash}'`,
  `style-src '${styleHash}'`,
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

interface Page {
  readonly tag: string;
  readonly plain: Uint8Array;
  readonly gzipped: Uint8Array;
}

let page: Page | undefined;

/** Whether the client would rather have the page than metrics; who has no preference gets metrics. */
export function prefersPage(accept: string | null): boolean {
  const ranges = parseAccept(accept);
  const metrics = METRICS_TYPES.map((type) => qualityOf(ranges, type));
  return qualityOf(ranges, { type: "text/html" }) > Math.max(...metrics);
}

/** The page, or that the client has it already. */
export function answerPage(
  { ifNoneMatch, acceptEncoding }: {
    readonly ifNoneMatch: string | null;
    readonly acceptEncoding: string | null;
  },
): Required<Omit<HttpAnswer, "eventsFrom">> {
  page ??= makePage();
  const isGzipped = acceptsGzip(acceptEncoding);
  const tag = isGzipped ? `"${page.tag}-gzip"` : `"${page.tag}"`;
  const fields = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": SECURITY_POLICY,
    "ETag": tag,
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Encoding",
  };
  const contentType = "text/html; charset=utf-8";
  if (ifNoneMatch !== null && matches(ifNoneMatch, tag)) {
    return { status: 304, contentType, body: "", fields };
  }
  if (!isGzipped) return { status: 200, contentType, body: page.plain, fields };
  return { status: 200, contentType, body: page.gzipped, fields: { ...fields, "Content-Encoding": "gzip" } };
}

/** On first demand: most processes are never looked at. */
function makePage(): Page {
  const plain = new TextEncoder().encode(html);
  const tag = createHash("sha256").update(plain).digest("base64url").slice(0, 16);
  return { tag, plain, gzipped: gzipSync(plain) };
}

function matches(ifNoneMatch: string, tag: string): boolean {
  return ifNoneMatch.split(",").map((each) => each.trim().replace(/^W\//, "")).some((each) =>
    each === tag || each === "*"
  );
}
