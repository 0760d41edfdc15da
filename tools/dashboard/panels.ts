// The kinds of panels that the dashboard uses. Every Grafana has them, and their options are checked against Grafana's
// types.

import type { FieldConfig, GraphFieldConfig, Panel as GrafanaPanel } from "@grafana/schema";
import type { Options as BarGaugeOptions } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type {
  FieldConfig as HeatmapFieldConfig,
  Options as HeatmapOptions,
} from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import type { Options as StatOptions } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig as StateFieldConfig,
  Options as StateOptions,
} from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type { Options as TimeSeriesOptions } from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
import type { JsonOf } from "./json_of.ts";
import type { Query } from "./queries.ts";

/** The data source of the variable, so that the dashboard works with any Prometheus. */
export const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;

/** Pixels. The legend has room for a name such as "distinct words HOST:PORT". */
const LEGEND_WIDTH = 300;
const AXIS_WIDTH = 60;

/** A panel before it has a number and a place. */
export interface Panel extends JsonOf<Omit<GrafanaPanel, "id" | "gridPos">> {
  /** The width, if it differs from the row's. */
  readonly width?: number;
}

interface PanelText {
  readonly title: string;
  /** The description, shown on request. */
  readonly about: string;
  /** One of Grafana's units; a plain number if undefined. */
  readonly unit?: string;
  readonly width?: number;
}

type Mapping = NonNullable<JsonOf<FieldConfig>["mappings"]>[number];
type Thresholds = NonNullable<JsonOf<FieldConfig>["thresholds"]>;

/** Maps a value to the shown text. */
export function valueNames(names: Readonly<Record<string, { text: string; color: string }>>): Mapping {
  return {
    type: "value",
    options: Object.fromEntries(
      Object.entries(names).map(([value, name], index) => [value, { index, ...name }]),
    ),
  };
}

/**
 * The present value as one large number. The query asks for the present only: with a range, the last value of a daemon
 * that is down would be shown as long as the range reaches.
 */
export function stat(
  panel: PanelText & {
    query: Query;
    mapping?: Mapping;
    decimals?: number;
    /** From these values on the number is orange or red. */
    orangeFrom?: number;
    redFrom?: number;
    /** Shown without a value. */
    noValue?: string;
    /** Shows the names of the series in place of the values. */
    showsNames?: boolean;
  },
): Panel {
  const { mapping, orangeFrom, redFrom } = panel;
  const isColored = mapping !== undefined || redFrom !== undefined;
  const options: JsonOf<StatOptions> = {
    colorMode: isColored ? "value" : "none",
    graphMode: "none",
    justifyMode: "auto",
    orientation: "auto",
    percentChangeColorMode: "standard",
    reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
    showPercentChange: false,
    textMode: panel.showsNames ? "name" : "value",
    wideLayout: true,
  };
  return {
    ...common(panel, [panel.query], "instant"),
    type: "stat",
    fieldConfig: {
      defaults: {
        unit: unitOf(panel),
        noValue: panel.noValue ?? "–",
        ...(panel.decimals === undefined ? {} : { decimals: panel.decimals }),
        mappings: mapping === undefined ? [] : [mapping],
        thresholds: redFrom === undefined ? steady("text") : greenUntil(orangeFrom, redFrom),
      },
      overrides: [],
    },
    options,
  };
}

/** A bar for each series of one moment, in the order of the query. */
export function bars(panel: PanelText & { query: Query }): Panel {
  const options: JsonOf<BarGaugeOptions> = {
    displayMode: "basic",
    legend: { calcs: [], displayMode: "list", placement: "bottom", showLegend: false },
    maxVizHeight: 300,
    minVizHeight: 10,
    minVizWidth: 8,
    namePlacement: "auto",
    orientation: "horizontal",
    reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
    showUnfilled: true,
    sizing: "auto",
    valueMode: "text",
    // Grafana reserves the width of the name with the most letters, so a wider one is cut. A small size leaves room.
    text: { titleSize: 11 },
  };
  return {
    // Only the present: over a range, a word that left the top would keep its bar.
    ...common(panel, [panel.query], "instant"),
    type: "bargauge",
    fieldConfig: {
      defaults: {
        unit: unitOf(panel),
        min: 0,
        color: { mode: "continuous-BlPu" },
        mappings: [],
        thresholds: steady("blue"),
      },
      overrides: [],
    },
    options,
  };
}

/** Lines over time, or bars where single events count. */
export function timeSeries(
  panel: PanelText & {
    queries: readonly Query[];
    draw?: "lines" | "bars";
    /** Whether to stack the series: they need the same unit and sign. */
    stacked?: boolean;
    /** A logarithmic scale that allows 0. */
    logarithmic?: boolean;
    max?: number;
    decimals?: number;
    /** Sorts the legend by the last value, largest first. */
    sortsLegend?: boolean;
  },
): Panel {
  const custom: JsonOf<GraphFieldConfig> = {
    drawStyle: panel.draw === "bars" ? "bars" : "line",
    fillOpacity: panel.draw === "bars" ? 60 : panel.stacked ? 30 : 0,
    lineInterpolation: "linear",
    lineWidth: 1,
    showPoints: "never",
    // Equal widths here and of the legend align the time axes of all panels.
    axisWidth: AXIS_WIDTH,
    // Without values above 0 the axis of a count ends at 1, not at 100, which looks like per cent.
    ...(unitOf(panel) === "short" ? { axisSoftMax: 1 } : {}),
    // A line has a gap while the daemon was down.
    spanNulls: false,
    stacking: { group: "A", mode: panel.stacked ? "normal" : "none" },
    scaleDistribution: panel.logarithmic
      ? { type: "symlog", log: 10, linearThreshold: 1 }
      : { type: "linear" },
  };
  const options: JsonOf<TimeSeriesOptions> = {
    legend: {
      calcs: ["lastNotNull"],
      displayMode: "table",
      placement: "right",
      showLegend: true,
      width: LEGEND_WIDTH,
      ...(panel.sortsLegend ? { sortBy: "Last *", sortDesc: true } : {}),
    },
    tooltip: { mode: "multi", sort: "desc" },
  };
  return {
    ...common(panel, panel.queries),
    type: "timeseries",
    fieldConfig: {
      defaults: {
        unit: unitOf(panel),
        min: 0,
        ...(panel.max === undefined ? {} : { max: panel.max }),
        ...(panel.decimals === undefined ? {} : { decimals: panel.decimals }),
        color: { mode: "palette-classic" },
        custom,
        mappings: [],
        thresholds: steady("green"),
      },
      overrides: [],
    },
    options,
  };
}

/** How often each bucket of a histogram was hit, over time. */
export function heatmap(panel: PanelText & { query: Query }): Panel {
  const custom: JsonOf<HeatmapFieldConfig> = {
    hideFrom: { legend: false, tooltip: false, viz: false },
    scaleDistribution: { type: "linear" },
  };
  const options: JsonOf<HeatmapOptions> = {
    calculate: false,
    cellGap: 1,
    color: { exponent: 0.5, fill: "dark-blue", mode: "scheme", reverse: false, scheme: "Blues", steps: 64 },
    exemplars: { color: "rgba(255,0,255,0.7)" },
    filterValues: { le: 1e-9 },
    legend: { show: true },
    rowsFrame: { layout: "auto" },
    showValue: "never",
    tooltip: { mode: "single", yHistogram: true },
    yAxis: { axisPlacement: "left", reverse: false, unit: unitOf(panel) },
  };
  const { targets: [target], ...rest } = common(panel, [panel.query]);
  return {
    ...rest,
    targets: [{ ...target, format: "heatmap" }],
    type: "heatmap",
    fieldConfig: { defaults: { unit: unitOf(panel), custom }, overrides: [] },
    options,
  };
}

/** A band for each series that changes its colour with the state. */
export function states(panel: PanelText & { queries: readonly Query[]; mapping: Mapping }): Panel {
  const custom: JsonOf<StateFieldConfig> = { fillOpacity: 70, lineWidth: 0 };
  const options: JsonOf<StateOptions> = {
    alignValue: "left",
    legend: { calcs: [], displayMode: "list", placement: "bottom", showLegend: false },
    mergeValues: true,
    rowHeight: 0.8,
    showValue: "auto",
    tooltip: { mode: "single", sort: "none" },
  };
  return {
    ...common(panel, panel.queries),
    type: "state-timeline",
    fieldConfig: {
      defaults: { unit: unitOf(panel), custom, mappings: [panel.mapping], thresholds: steady("text") },
      overrides: [],
    },
    options,
  };
}

function unitOf({ unit = "short" }: PanelText): string {
  return unit;
}

function common(
  { title, about, width }: PanelText,
  queries: readonly Query[],
  time: "instant" | "range" = "range",
) {
  return {
    title,
    description: about,
    datasource: DATASOURCE,
    ...(width === undefined ? {} : { width }),
    targets: queries.map(({ expr, legend = "__auto", interval }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: DATASOURCE,
      editorMode: "code",
      expr,
      legendFormat: legend,
      instant: time === "instant",
      range: time === "range",
      ...(interval === undefined ? {} : { interval }),
    })),
  };
}

function steady(color: string): Thresholds {
  return { mode: "absolute", steps: [{ color, value: null }] };
}

function greenUntil(orange: number | undefined, red: number): Thresholds {
  return {
    mode: "absolute",
    steps: [
      { color: "green", value: null },
      ...(orange === undefined ? [] : [{ color: "orange", value: orange }]),
      { color: "red", value: red },
    ],
  };
}
