import { type ComponentChildren, render } from "preact";

/** Number of rows; the newest values are shown. */
const MAX_ROWS = 60;

export interface TableContent {
  readonly caption: string;
  /** The first one heads the column of row headings. */
  readonly headings: readonly ComponentChildren[];
  /** Each row begins with its heading. */
  readonly rows: readonly (readonly string[])[];
}

/** The values of a chart as a table, for readers who prefer one. It is built only while it is open. */
export class DataTable {
  readonly #details: HTMLDetailsElement;
  readonly #place: Element;
  #content: (() => TableContent) | undefined;

  /** `host` is a `details` element with its summary and the place of the table. */
  constructor(host: HTMLElement) {
    this.#details = host as HTMLDetailsElement;
    this.#place = this.#details.children[1];
    this.#details.addEventListener("toggle", () => this.#fill());
  }

  /** Calls `content` only while the table is open. */
  show(content: () => TableContent): void {
    this.#content = content;
    this.#fill();
  }

  #fill(): void {
    const content = this.#details.open ? this.#content?.() : undefined;
    render(content && tableOf(content), this.#place);
  }
}

function tableOf({ caption, headings, rows }: TableContent): ComponentChildren {
  return (
    <div class="scroll" tabindex={0} role="group" aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>{headings.map((heading, index) => <th key={index} scope="col">{heading}</th>)}</tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map(([heading, ...values], index) => (
            <tr key={index}>
              <th scope="row">{heading}</th>
              {values.map((value, index) => <td key={index}>{value}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
