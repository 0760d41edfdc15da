// This file parses the headers Accept and Accept-Encoding (RFC 9110, 12.5). They decide whether the answer is HTML,
// OpenMetrics or the text format of Prometheus, and whether it is compressed.

/** One entry of an Accept header. */
export interface MediaRange {
  /** Lower case; such as `text/plain`, or with `*` for the subtype or both. */
  readonly type: string;
  /** The value of the parameter `version`; undefined: any. */
  readonly version: string | undefined;
  /** 0 to 1. */
  readonly quality: number;
}

/** Reads the header; entries that make no sense are left out. No header accepts everything. */
export function parseAccept(header: string | null): readonly MediaRange[] {
  if (header === null || header.trim() === "") return [{ type: "*/*", version: undefined, quality: 1 }];
  return header.split(",").map(parseMediaRange).filter((range) => range !== undefined);
}

/** The quality that the most specific range gives to the media type; 0 for one that is not wanted. */
export function qualityOf(ranges: readonly MediaRange[], offer: { type: string; version?: string }): number {
  const group = `${offer.type.split("/")[0]}/*`;
  let best = { specificity: 0, quality: 0 };
  for (const { type, version, quality } of ranges) {
    if (version !== undefined && version !== offer.version) continue;
    const byType = type === offer.type ? 4 : type === group ? 2 : type === "*/*" ? 1 : 0;
    if (byType === 0) continue;
    const specificity = byType + (version === undefined ? 0 : 1);
    if (specificity > best.specificity || (specificity === best.specificity && quality > best.quality)) {
      best = { specificity, quality };
    }
  }
  return best.quality;
}

/** Whether an Accept header prefers OpenMetrics, by name, to the text format. */
export function prefersOpenMetrics(accept: string | null): boolean {
  const ranges = parseAccept(accept);
  // A wildcard does not ask for OpenMetrics: the text format is the one that every client can read.
  const named = ranges.filter(({ type }) => type === "application/openmetrics-text");
  const quality = qualityOf(named, { type: "application/openmetrics-text", version: "1.0.0" });
  return quality > 0 && quality >= qualityOf(ranges, { type: "text/plain", version: "0.0.4" });
}

/** Whether an Accept-Encoding header allows gzip by name. */
export function acceptsGzip(header: string | null): boolean {
  return (header ?? "").split(",").some((each) => {
    const [coding, weight] = each.split(";").map((part) => part.trim().toLowerCase());
    return coding === "gzip" &&
      (weight === undefined || (weight.startsWith("q=") && Number(weight.slice(2)) > 0));
  });
}

function parseMediaRange(text: string): MediaRange | undefined {
  const [name, ...parameters] = text.split(";").map((part) => part.trim());
  const type = name.toLowerCase();
  if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return undefined;
  let version: string | undefined;
  let quality = 1;
  for (const parameter of parameters) {
    const [key, value = ""] = parameter.split("=").map((part) => part.trim());
    if (key.toLowerCase() === "version") version = value.replace(/^"(.*)"$/, "$1");
    if (key.toLowerCase() !== "q") continue;
    if (!/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(value)) return undefined;
    quality = Number(value);
  }
  return { type, version, quality };
}
