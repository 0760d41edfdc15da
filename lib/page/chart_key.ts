// What the lines of a chart stand for, with their values at the moment that is pointed at, or else at the newest.

import { element, setText } from "./element.ts";
import type { LineStyle } from "./line_chart.ts";

export interface KeyEntry {
  /** The same name has the same label. */
  readonly name: string;
  readonly label: () => Node | string;
  readonly style: LineStyle;
  readonly value: string;
}

export class ChartKey {
  readonly #list: HTMLElement;
  readonly #moment: HTMLElement;
  /** Of the entries that are there. */
  #names: string | undefined;
  #values: HTMLElement[] = [];

  constructor(list: HTMLElement, moment: HTMLElement) {
    this.#list = list;
    this.#moment = moment;
  }

  /** `moment` says which the values are of; nothing for the newest. */
  show(entries: readonly KeyEntry[], moment: string): void {
    const names = JSON.stringify(entries.map(({ name, style }) => [name, style.color]));
    if (names !== this.#names) {
      this.#names = names;
      this.#values = entries.map(() => element("span", { class: "value" }));
      this.#list.replaceChildren(
        ...entries.map(({ style, label }, index) =>
          element("li", {}, sample(style), element("span", { class: "label" }, label()), this.#values[index])
        ),
      );
    }
    setText(this.#moment, moment);
    entries.forEach(({ value }, index) => setText(this.#values[index], value));
  }
}

function sample({ color, dash }: LineStyle): HTMLElement {
  const made = element("span", { class: "line" });
  made.style.borderTopColor = `var(${color})`;
  made.style.borderTopStyle = dash === undefined ? "solid" : dash[0] > 3 ? "dashed" : "dotted";
  return made;
}
