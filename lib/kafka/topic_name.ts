// The rule of brokers for topic names.

const TOPIC_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;

/** Whether such a topic can exist. Brokers reject a whole request that names an invalid topic. */
export function isTopicName(text: string | null): text is string {
  return text !== null && TOPIC_NAME.test(text);
}
