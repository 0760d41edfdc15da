// A ChartPanel shows a chart with its legend and its table. It fills elements of page.html, which it finds by their
// ids.

import { type ComponentChildren, render, type VNode } from "preact";
import { byId, setText } from "./element.ts";
import { LineChart, type LineChartOptions } from "./line_chart.ts";
import type { LineData } from "./line_data.ts";
import { formatMoment } from "./quantity.ts";

/** The table shows this many of the newest values. */
const MAX_ROWS = 60;

export interface LineName {
  /** Different for each line of a chart. */
  readonly name: string;
  readonly label: () => ComponentChildren;
}

export interface ChartContent {
  readonly data: LineData;
  /** One per line; undefined for a line that shows nothing now. */
  readonly names: readonly (LineName | undefined)[];
  /** Time between two values. */
  readonly stepMs: number;
}

export interface ChartPanelOptions extends Omit<LineChartOptions, "onPoint"> {
  /** Prefix of the ids of its places: `ID-plot`, `ID-key`, `ID-moment`, `ID-table`. */
  readonly id: string;
  /** Caption of the table. */
  readonly caption: string;
  /** For the legend and the table. */
  readonly formatValue: (value: number) => string;
  /** Text for an unknown value. */
  readonly unknown: string;
}

export class ChartPanel {
  readonly #options: ChartPanelOptions;
  readonly #chart: LineChart;
  /** Its first child is the summary, its second one the place of the table. */
  readonly #details: HTMLDetailsElement;
  #content: ChartContent = { data: { seconds: [], columns: [] }, names: [], stepMs: 1 };
  #pointed: number | undefined;

  constructor(options: ChartPanelOptions) {
    const { id, lines, scale, formatMark } = options;
    this.#options = options;
    this.#chart = new LineChart(byId(`${id}-plot`), {
      lines,
      scale,
      formatMark,
      onPoint: (index) => {
        this.#pointed = index;
        this.#showLegend();
      },
    });
    this.#details = byId(`${id}-table`) as HTMLDetailsElement;
    this.#details.addEventListener("toggle", () => this.#showTable());
  }

  show(content: ChartContent): void {
    this.#content = content;
    this.#chart.show(content.data, content.stepMs);
    this.#showLegend();
    this.#showTable();
  }

  #showLegend(): void {
    const { id } = this.#options;
    const index = this.#pointed ?? this.#content.data.seconds.length - 1;
    const items = this.#namedLines().map(({ name, label, style: { color, dash = [] }, column }) => {
      const borderTopStyle = dash.length === 0 ? "solid" : dash[0] > 3 ? "dashed" : "dotted";
      return (
        <li key={name}>
          <span class="line" style={{ borderTopColor: `var(${color})`, borderTopStyle }} />
          <span class="label">{label()}</span>
          <span class="value">{this.#format(column[index])}</span>
        </li>
      );
    });
    render(items, byId(`${id}-key`));
    setText(byId(`${id}-moment`), this.#pointed === undefined ? "" : `at ${this.#momentAt(index)}`);
  }

  /** The table is built only while it is open. */
  #showTable(): void {
    render(this.#details.open ? this.#table() : null, this.#details.children[1]);
  }

  #table(): VNode {
    const { caption } = this.#options;
    const lines = this.#namedLines();
    const indexes = [...this.#content.data.seconds.keys()].reverse().slice(0, MAX_ROWS);
    return (
      <div class="scroll" tabindex={0} role="group" aria-label={caption}>
        <table>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {lines.map(({ name, label }) => <th key={name} scope="col">{label()}</th>)}
            </tr>
          </thead>
          <tbody>
            {indexes.map((index) => (
              <tr key={index}>
                <th scope="row">{this.#momentAt(index)}</th>
                {lines.map(({ name, column }) => <td key={name}>{this.#format(column[index])}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }

  #namedLines() {
    const { data: { columns }, names } = this.#content;
    return names.flatMap((name, line) => {
      return name === undefined ? [] : [{ ...name, style: this.#options.lines[line], column: columns[line] }];
    });
  }

  #format(value: number | null | undefined): string {
    return value === null || value === undefined ? this.#options.unknown : this.#options.formatValue(value);
  }

  /** Includes the date if it differs from that of the newest value. */
  #momentAt(index: number): string {
    const { seconds } = this.#content.data;
    return formatMoment(seconds[index] * 1000, (seconds.at(-1) ?? 0) * 1000);
  }
}
