import { element } from "./element.ts";
import { lossesOf } from "./losses.ts";
import { formatCount } from "./quantity.ts";
import type { Status } from "./status.ts";

/** Lists late and skipped records and words; it is hidden while there are none. */
export class LossTable {
  readonly #panel: HTMLElement;
  readonly #body: HTMLElement;
  #shown = "";

  constructor(panel: HTMLElement, body: HTMLElement) {
    this.#panel = panel;
    this.#body = body;
  }

  show(status: Status): void {
    const losses = lossesOf(status);
    const text = JSON.stringify(losses);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#panel.hidden = losses.length === 0;
    this.#body.replaceChildren(
      ...losses.map(({ what, count }) =>
        element("tr", {}, element("th", { scope: "row" }, what), element("td", {}, formatCount(count)))
      ),
    );
  }
}
