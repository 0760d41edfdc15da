// The lag of each partition, largest first.

import { element } from "./element.ts";
import { formatCount } from "./quantity.ts";
import { type PartitionStatus, sortByLag } from "./status.ts";
import { visibleText } from "./visible_word.ts";

/** Partitions beyond this number are only counted. */
export const MAX_PARTITIONS = 50;

export class LagTable {
  readonly #body: HTMLElement;
  readonly #rest: HTMLElement;
  #rows: Row[] = [];

  constructor(body: HTMLElement, rest: HTMLElement) {
    this.#body = body;
    this.#rest = rest;
  }

  show(partitions: readonly PartitionStatus[]): void {
    const shown = sortByLag(partitions).slice(0, MAX_PARTITIONS);
    const largest = Math.max(1, ...shown.map(({ lag }) => lag ?? 0));
    while (this.#rows.length > shown.length) this.#rows.pop()?.item.remove();
    while (this.#rows.length < shown.length) {
      const row = makeRow();
      this.#rows.push(row);
      this.#body.append(row.item);
    }
    shown.forEach((partition, index) => fill(this.#rows[index], partition, largest));
    const hidden = partitions.length - shown.length;
    this.#rest.textContent = partitions.length === 0
      ? "No partition is assigned."
      : hidden > 0
      ? `and ${formatCount(hidden)} more with less lag`
      : "";
  }
}

interface Row {
  readonly item: HTMLElement;
  readonly name: HTMLElement;
  readonly position: HTMLElement;
  readonly bar: HTMLElement;
  readonly lag: HTMLElement;
}

function makeRow(): Row {
  const name = element("th", { scope: "row" });
  const position = element("td", {});
  const bar = element("span", { class: "bar" });
  const lag = element("span", {});
  return { item: element("tr", {}, name, position, element("td", {}, bar, lag)), name, position, bar, lag };
}

function fill(row: Row, { topic, partition, position, lag }: PartitionStatus, largest: number): void {
  row.name.textContent = visibleText(`${topic}/${partition}`);
  row.position.textContent = formatCount(position);
  row.bar.style.transform = `scaleX(${(lag ?? 0) / largest})`;
  row.lag.textContent = lag === null ? "not known" : formatCount(lag);
}
