// A chart of lines over time: uPlot in the page's colours, with gaps for unknown values.

import uPlot from "uplot";
import { decades, type LineData, lonePoints, roundUp, secondsRange } from "./line_data.ts";
import { timeMarks } from "./time_marks.ts";

export interface LineStyle {
  /** The name of a custom property in page.css. */
  readonly color: string;
  readonly dash?: readonly number[];
  readonly width?: number;
}

export interface LineChartOptions {
  readonly lines: readonly LineStyle[];
  /** `decades`: logarithmic above 1, and linear down to 0. */
  readonly scale: "linear" | "decades";
  /** Formats the marks of the value axis. */
  readonly formatMark: (value: number) => string;
  /** Called with the index under the pointer, or undefined. */
  readonly onPoint: (index: number | undefined) => void;
}

const AXIS_FONT = "12px system-ui, sans-serif";
const VALUE_AXIS_WIDTH = 52;
const TIME_AXIS_HEIGHT = 28;
/** Height of the axis as a factor of the highest value. */
const ROOM = { linear: 1.05, decades: 1.6 };
/** Smallest height of the axis: below it, marks would stand between whole numbers. */
const LEAST = { linear: 4, decades: 10 };

export class LineChart {
  readonly #host: HTMLElement;
  readonly #options: LineChartOptions;
  readonly #plot: uPlot;
  #largest = 1;
  #range: [first: number, last: number] = [0, 60];

  constructor(host: HTMLElement, options: LineChartOptions) {
    this.#host = host;
    this.#options = options;
    this.#plot = new uPlot(this.#plotOptions(), [[], ...options.lines.map(() => [])], host);
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#plot.redraw(false));
  }

  /** `stepMs`: time between two values. */
  show({ seconds, columns }: LineData, stepMs: number): void {
    this.#largest = Math.max(
      0,
      ...columns.map((column) => Math.max(0, ...column.map((value) => value ?? 0))),
    );
    this.#range = secondsRange(seconds, stepMs);
    this.#plot.setData([[...seconds], ...columns.map((column) => [...column])]);
  }

  #plotOptions(): uPlot.Options {
    const { lines, scale, formatMark, onPoint } = this.#options;
    const ink = () => this.#color("--soft");
    const grid = { stroke: () => this.#color("--line"), width: 1 };
    const axis = { stroke: ink, font: AXIS_FONT, grid, ticks: { show: false } };
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => this.#range },
        y: scale === "linear"
          ? { range: () => [0, roundUp(Math.max(LEAST.linear, this.#largest * ROOM.linear))] }
          : { distr: 4, asinh: 1, range: () => [0, this.#highest()] },
      },
      axes: [
        { ...axis, size: TIME_AXIS_HEIGHT, space: 64, values: marksOfTime },
        {
          ...axis,
          size: VALUE_AXIS_WIDTH,
          values: (_plot, marks) => marks.map(formatMark),
          ...(scale === "decades"
            ? { splits: () => decades(this.#highest()), filter: (_plot, marks) => marks }
            : { space: 40 }),
        },
      ],
      series: [
        {},
        ...lines.map(({ color, dash, width = 2 }): uPlot.Series => ({
          stroke: () => this.#color(color),
          width,
          dash: dash === undefined ? undefined : [...dash],
          spanGaps: false,
          points: {
            show: true,
            size: 5,
            fill: () => this.#color(color),
            filter: (plot, series) => lonePoints(plot.data[series] as (number | null)[]),
          },
        })),
      ],
      hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
    };
  }

  /** Upper end of the axis of a `decades` chart. */
  #highest(): number {
    return Math.max(LEAST.decades, this.#largest * ROOM.decades);
  }

  #size(): { width: number; height: number } {
    return { width: this.#host.clientWidth, height: this.#host.clientHeight };
  }

  #color(property: string): string {
    return getComputedStyle(this.#host).getPropertyValue(property);
  }
}

/** The axis is empty without values: uPlot would mark made-up times. */
function marksOfTime({ data: [seconds] }: uPlot, marks: readonly number[]): string[] {
  return seconds.length === 0 ? marks.map(() => "") : timeMarks(marks);
}
