// This file renders the table of partitions with their positions and lag.

import { render } from "preact";
import { byId, setText } from "./element.ts";
import { formatCount } from "./quantity.ts";
import { type PartitionStatus, sortByLag } from "./status.ts";
import { visibleText } from "./visible_word.ts";

/** Partitions beyond this number are only counted. */
const MAX_PARTITIONS = 50;

/** Shows the lag of each partition, largest first. */
export function showLag(partitions: readonly PartitionStatus[]): void {
  const shown = sortByLag(partitions).slice(0, MAX_PARTITIONS);
  const largest = Math.max(1, ...shown.map(({ lag }) => lag ?? 0));
  const rows = shown.map(({ topic, partition, position, lag }, index) => (
    <tr key={index}>
      <th scope="row">{visibleText(`${topic}/${partition}`)}</th>
      <td>{formatCount(position)}</td>
      <td>
        <span class="bar" style={{ transform: `scaleX(${(lag ?? 0) / largest})` }} />
        <span>{lag === null ? "not known" : formatCount(lag)}</span>
      </td>
    </tr>
  ));
  render(rows, byId("partition-rows"));
  const hidden = partitions.length - shown.length;
  const rest = hidden > 0 ? `and ${formatCount(hidden)} more with less lag` : "";
  setText(byId("partition-rest"), partitions.length === 0 ? "No partition is assigned." : rest);
}
