// The configuration of a group whose members combine their counts.

import { z } from "zod";
import { textThat, yesOrNo } from "./key.ts";
import { isTopicName } from "../kafka/topic_name.ts";

export const merge = z.strictObject({
  enabled: yesOrNo().prefault(false).describe(
    "Combine the counts of all members of source.kafka.group: each member shows the windows of all partitions.",
  ),
  topic: textThat("a topic's name", isTopicName).optional().describe(
    "The pane log: a topic of one partition, in which the members report their counts. Empty: GROUP.panes.",
  ),
});

/** The topic of the pane log by default. */
export function defaultPaneLog(group: string): string {
  return `${group}.panes`;
}
