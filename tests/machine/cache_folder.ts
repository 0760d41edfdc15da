import { join } from "node:path";

/** Where what is dear to fetch or to make is kept between runs; the user's own. It may not exist yet. */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(base, "rtcount");
}
