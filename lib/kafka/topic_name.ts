// What brokers take for a topic's name.

const TOPIC_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;

/** Whether there can be such a topic; asked for another one, brokers refuse the whole request. */
export function isTopicName(text: string | null): text is string {
  return text !== null && TOPIC_NAME.test(text);
}
