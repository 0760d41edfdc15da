// Places panels as a page places words: left to right, a new line where the next one does not fit.

import type { Dashboard } from "@grafana/schema";
import type { JsonOf } from "./json_of.ts";
import type { Panel } from "./panels.ts";

/** The columns of every dashboard. */
const GRID_WIDTH = 24;

export interface Row {
  readonly title: string;
  /** The size of its panels; a panel may have its own width. */
  readonly panelWidth: number;
  readonly panelHeight: number;
  readonly panels: readonly Panel[];
}

/** Rows with their panels below them, numbered from 1 on. */
export function placeRows(rows: readonly Row[]): NonNullable<JsonOf<Dashboard>["panels"]> {
  const placed: NonNullable<JsonOf<Dashboard>["panels"]> = [];
  let y = 0;
  for (const { title, panelWidth, panelHeight, panels } of rows) {
    const heading = { h: 1, w: GRID_WIDTH, x: 0, y };
    placed.push({
      id: placed.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: heading,
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const { width = panelWidth, ...panel } of panels) {
      if (x + width > GRID_WIDTH) {
        y += panelHeight;
        x = 0;
      }
      placed.push({ id: placed.length + 1, ...panel, gridPos: { h: panelHeight, w: width, x, y } });
      x += width;
    }
    y += panelHeight;
  }
  return placed;
}
