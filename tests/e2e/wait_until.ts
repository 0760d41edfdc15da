const INTERVAL_MS = 20;
const TIMEOUT_MS = 30_000;

/** Asks again and again until `probe` gives a value; `what` it waits for is named when it never does. */
export async function waitUntil<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadlineMs = performance.now() + TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
  throw new Error(`waited ${TIMEOUT_MS / 1000} s in vain: ${what}`);
}
