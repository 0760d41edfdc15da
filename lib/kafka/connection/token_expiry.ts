import { Buffer } from "node:buffer";

/** When a token runs out, in milliseconds since the epoch; undefined where it is no JWT that says so (RFC 7519, 4.1.4). */
export function tokenExpiryMs(token: string): number | undefined {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  try {
    const exp: unknown = JSON.parse(payload)?.exp;
    return typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
