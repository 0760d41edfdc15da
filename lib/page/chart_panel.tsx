// A chart with its legend and its table, in the places that the page has for them.

import { type ComponentChildren, render } from "preact";
import { chartKey } from "./chart_key.tsx";
import { DataTable, type TableContent } from "./data_table.tsx";
import { byId, setText } from "./element.ts";
import { LineChart, type LineChartOptions, type LineStyle } from "./line_chart.ts";
import type { LineData } from "./line_data.ts";
import { formatMoment } from "./quantity.ts";

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

export interface ChartPanelOptions extends Omit<LineChartOptions, "onPoint" | "lines"> {
  /** Prefix of the ids of its places: `ID-plot`, `ID-key`, `ID-moment`, `ID-table`. */
  readonly id: string;
  readonly lines: readonly LineStyle[];
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
  readonly #table: DataTable;
  #content: ChartContent | undefined;
  #pointed: number | undefined;

  constructor(options: ChartPanelOptions) {
    const { id, lines, scale, formatMark } = options;
    this.#options = options;
    this.#table = new DataTable(byId(`${id}-table`));
    this.#chart = new LineChart(byId(`${id}-plot`), {
      lines,
      scale,
      formatMark,
      onPoint: (index) => {
        this.#pointed = index;
        this.#showKey();
      },
    });
  }

  show(content: ChartContent): void {
    this.#content = content;
    this.#chart.show(content.data, content.stepMs);
    this.#showKey();
    this.#table.show(() => this.#tableContent(content));
  }

  #showKey(): void {
    if (this.#content === undefined) return;
    const { data: { seconds, columns }, names } = this.#content;
    const index = this.#pointed ?? seconds.length - 1;
    const entries = names.flatMap((name, line) => {
      if (name === undefined) return [];
      return [{ ...name, style: this.#options.lines[line], value: this.#format(columns[line][index]) }];
    });
    render(chartKey(entries), byId(`${this.#options.id}-key`));
    const moment = this.#pointed === undefined ? "" : `at ${momentOf(seconds, index)}`;
    setText(byId(`${this.#options.id}-moment`), moment);
  }

  #tableContent({ data: { seconds, columns }, names }: ChartContent): TableContent {
    const lines = names.flatMap((name, line) =>
      name === undefined ? [] : [{ ...name, column: columns[line] }]
    );
    const rows = seconds.map((_moment, index) => [
      momentOf(seconds, index),
      ...lines.map(({ column }) => this.#format(column[index])),
    ]);
    return {
      caption: this.#options.caption,
      headings: ["Time", ...lines.map(({ label }) => label())],
      rows: rows.reverse(),
    };
  }

  #format(value: number | null | undefined): string {
    return value === null || value === undefined ? this.#options.unknown : this.#options.formatValue(value);
  }
}

/** Includes the date if it differs from that of the newest value. */
function momentOf(seconds: readonly number[], index: number): string {
  return formatMoment(seconds[index] * 1000, (seconds.at(-1) ?? 0) * 1000);
}
