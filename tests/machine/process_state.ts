/** The state of a process, a letter of proc(5) such as `T` for stopped; Linux only. */
export function readState(pid: number): string {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return stat.charAt(stat.lastIndexOf(")") + 2);
}
