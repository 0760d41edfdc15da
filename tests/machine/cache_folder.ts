import { join } from "node:path";

/** The user's cache folder, for files that are expensive to fetch or to make. It may not exist yet. */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(base, "rtcount");
}
