// The values of a chart as a table, for readers who prefer one. It is built only while it is open.

import { element } from "./element.ts";

/** Number of rows; the newest values are shown. */
export const MAX_ROWS = 60;

export interface TableContent {
  readonly caption: string;
  /** The first one heads the column of row headings. */
  readonly headings: readonly (Node | string)[];
  /** Each row begins with its heading. */
  readonly rows: readonly (readonly string[])[];
}

export class DataTable {
  readonly #details: HTMLDetailsElement;
  readonly #place = element("div", { class: "scroll", tabindex: "0", role: "group" });
  #content: (() => TableContent) | undefined;

  /** `host` is an empty `details` element with its summary. */
  constructor(host: HTMLElement) {
    this.#details = host as HTMLDetailsElement;
    this.#details.append(this.#place);
    this.#details.addEventListener("toggle", () => this.#fill());
  }

  /** Calls `content` only while the table is open. */
  show(content: () => TableContent): void {
    this.#content = content;
    this.#fill();
  }

  #fill(): void {
    if (!this.#details.open || this.#content === undefined) return this.#place.replaceChildren();
    const { caption, headings, rows } = this.#content();
    this.#place.setAttribute("aria-label", caption);
    const head = element("tr", {}, ...headings.map((heading) => element("th", { scope: "col" }, heading)));
    const body = rows.slice(0, MAX_ROWS).map(([heading, ...values]) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, heading),
        ...values.map((value) => element("td", {}, value)),
      )
    );
    this.#place.replaceChildren(
      element(
        "table",
        {},
        element("caption", { class: "unseen" }, caption),
        element("thead", {}, head),
        element("tbody", {}, ...body),
      ),
    );
  }
}
