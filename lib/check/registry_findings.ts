// Judges the addresses of the schema registry.

import type { RegistryFault } from "../registry/registry_answer.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** `fault` is undefined for an address that works. */
export function judgeRegistry(
  addresses: readonly { readonly url: string; readonly fault: RegistryFault | undefined }[],
): Finding[] {
  const isServed = addresses.some(({ fault }) => fault === undefined);
  return addresses.map(({ url, fault }) => {
    if (fault === undefined) return ok("registry", `${url} answers`);
    const { problem, remedy = "correct it, or restart the registry" } = fault;
    const message = `${url}: ${problem}`;
    return isServed
      ? warn("registry", `${message}; another address works`, remedy)
      : fail("registry", message, remedy);
  });
}
