// The legend of a chart: names of the lines and their values at the pointed moment, or else at the newest.

import { element, setText } from "./element.ts";
import type { LineStyle } from "./line_chart.ts";

export interface KeyEntry {
  /** Entries with the same name have the same label. */
  readonly name: string;
  readonly label: () => Node | string;
  readonly style: LineStyle;
  readonly value: string;
}

export class ChartKey {
  readonly #list: HTMLElement;
  readonly #moment: HTMLElement;
  /** The names of the present entries, joined. */
  #names: string | undefined;
  #values: HTMLElement[] = [];

  constructor(list: HTMLElement, moment: HTMLElement) {
    this.#list = list;
    this.#moment = moment;
  }

  /** `moment` names the time of the values; it is empty for the newest. */
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
