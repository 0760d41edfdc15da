import type { ComponentChildren, VNode } from "preact";
import type { LineStyle } from "./line_chart.ts";

export interface KeyEntry {
  /** Different for each entry. */
  readonly name: string;
  readonly label: () => ComponentChildren;
  readonly style: LineStyle;
  readonly value: string;
}

/** The legend of a chart: the names of the lines and their values. */
export function chartKey(entries: readonly KeyEntry[]): VNode[] {
  return entries.map(({ name, label, style: { color, dash = [] }, value }) => {
    const borderTopStyle = dash.length === 0 ? "solid" : dash[0] > 3 ? "dashed" : "dotted";
    return (
      <li key={name}>
        <span class="line" style={{ borderTopColor: `var(${color})`, borderTopStyle }} />
        <span class="label">{label()}</span>
        <span class="value">{value}</span>
      </li>
    );
  });
}
