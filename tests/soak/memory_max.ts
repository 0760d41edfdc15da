// The memory that the shipped unit allows.

const UNIT = new URL("../../systemd/rtcount.service", import.meta.url);

/** In bytes. */
export async function memoryMax(): Promise<number> {
  const [, gibibytes] = /^MemoryMax=(\d+)G$/m.exec(await Deno.readTextFile(UNIT)) ?? [];
  return Number(gibibytes) * 2 ** 30;
}
