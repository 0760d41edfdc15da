// Where something listens.

/** Whether the text is HOST:PORT; an IPv6 address stands in brackets. */
export function isAddress(text: string): boolean {
  const match = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+):([0-9]{1,5})$/.exec(text);
  return match !== null && Number(match[1]) <= 65_535;
}
