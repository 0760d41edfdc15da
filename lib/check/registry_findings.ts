// Judges the addresses of the schema registry.

import { fail, type Finding, ok, warn } from "./finding.ts";

/** `fault` is undefined for an address that works. */
export function judgeRegistry(
  addresses: readonly { readonly url: string; readonly fault: string | undefined }[],
): Finding[] {
  const isServed = addresses.some(({ fault }) => fault === undefined);
  return addresses.map(({ url, fault }) => {
    if (fault === undefined) return ok("registry", `${url} answers`);
    const [problem, remedy = "correct it, or restart the registry"] = divided(fault);
    const message = `${url}: ${problem}`;
    return isServed
      ? warn("registry", `${message}; another address works`, remedy)
      : fail("registry", message, remedy);
  });
}

/** The part before the last colon is the problem, the rest the remedy. */
function divided(fault: string): readonly string[] {
  const at = fault.lastIndexOf(": ");
  return at < 0 ? [fault] : [fault.slice(0, at), fault.slice(at + 2)];
}
