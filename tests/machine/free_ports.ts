// Ports of the loopback for the servers of the tests. The system takes none of them for an outgoing connection or for a
// listener on port 0: its own range begins above. All test processes of a user take turns, so two of them get no port in
// common between the choice of a port and its use.

import { join } from "node:path";
import { cacheFolder } from "./cache_folder.ts";

const FIRST = 20_000;
const END = 32_000;
/** The file that holds the next port. */
const NEXT = "next-port";

/** Ports that nothing listens on. They come again when all others have been given. */
export function freePorts(count: number): number[] {
  Deno.mkdirSync(cacheFolder(), { recursive: true });
  const path = join(cacheFolder(), NEXT);
  using file = Deno.openSync(path, { read: true, write: true, create: true });
  file.lockSync(true);
  const ports: number[] = [];
  let next = Number(Deno.readTextFileSync(path)) || FIRST;
  while (ports.length < count) {
    if (next >= END) next = FIRST;
    if (isFree(next)) ports.push(next);
    next++;
  }
  Deno.writeTextFileSync(path, String(next));
  return ports;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
