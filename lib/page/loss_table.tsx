import { render } from "preact";
import { byId } from "./element.ts";
import { lossesOf } from "./losses.ts";
import { formatCount } from "./quantity.ts";
import type { Status } from "./status.ts";

/** Lists late and skipped records and words; the panel is hidden while there are none. */
export function showLosses(status: Status): void {
  const losses = lossesOf(status);
  byId("losses").hidden = losses.length === 0;
  const rows = losses.map(({ what, count }) => (
    <tr key={what}>
      <th scope="row">{what}</th>
      <td>{formatCount(count)}</td>
    </tr>
  ));
  render(rows, byId("loss-rows"));
}
