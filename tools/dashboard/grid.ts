// Places panels as a page places words: left to right, and in a new line when the next one does not fit.

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
  /** Whether the row is closed until a reader opens it. */
  readonly collapsed?: boolean;
}

type Placed = NonNullable<JsonOf<Dashboard>["panels"]>;

/** Rows with their panels below them, numbered from 1 on. Grafana keeps the panels of a collapsed row inside it. */
export function placeRows(rows: readonly Row[]): Placed {
  const placed: Placed = [];
  let id = 1;
  let y = 0;
  for (const row of rows) {
    const { title, collapsed = false } = row;
    const heading = {
      id: id++,
      type: "row",
      title,
      collapsed,
      gridPos: { h: 1, w: GRID_WIDTH, x: 0, y },
    } as const;
    const { panels, height } = placePanels(row, id, y + 1);
    id += panels.length;
    if (collapsed) placed.push({ ...heading, panels });
    else placed.push({ ...heading, panels: [] }, ...panels);
    y += collapsed ? 1 : 1 + height;
  }
  return placed;
}

type PlacedPanel = Omit<Panel, "width"> & {
  id: number;
  gridPos: { h: number; w: number; x: number; y: number };
};

function placePanels({ panels, panelWidth, panelHeight }: Row, firstId: number, top: number) {
  let x = 0;
  let y = top;
  const placed = panels.map(({ width = panelWidth, ...panel }, index): PlacedPanel => {
    if (x + width > GRID_WIDTH) {
      y += panelHeight;
      x = 0;
    }
    const gridPos = { h: panelHeight, w: width, x, y };
    x += width;
    return { id: firstId + index, ...panel, gridPos };
  });
  return { panels: placed, height: y - top + panelHeight };
}
