// The same job on librdkafka, as fast as plain C makes it without tricks: batches of messages from one queue, one
// open-addressing table from bytes to word ids, counts by id in panes, running totals.
//
//   word_counts BROKERS TOPIC PARTITIONS

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLIDE_MS = 2000, PANES = 30, LATENESS_MS = 2000, TOP = 20, BATCH = 10000, OPEN_PANES = 4096 };

// Words: texts one after the other, and slots that hold a hash's upper half and an id.

typedef struct {
  uint32_t tag;
  uint32_t id_plus_1;
} Slot;

static Slot *slots;
static uint32_t slot_mask;
static char *texts;
static size_t texts_used, texts_size;
static uint32_t *text_starts, *text_lengths;
static uint32_t words, words_size;

static void *grow(void *array, size_t bytes) {
  void *grown = realloc(array, bytes);
  if (grown == NULL) abort();
  return grown;
}

static uint64_t mix(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_bytes(const char *bytes, size_t length) {
  uint64_t hash = 0x9E3779B97F4A7C15u ^ length;
  while (length >= 8) {
    uint64_t part;
    memcpy(&part, bytes, 8);
    hash = mix(hash ^ part, 0xA0761D6478BD642Fu);
    bytes += 8;
    length -= 8;
  }
  uint64_t rest = 0;
  memcpy(&rest, bytes, length);
  return mix(hash ^ rest, 0xE7037ED1A0B428DBu);
}

static void grow_slots(void) {
  uint32_t size = slots == NULL ? 1u << 16 : (slot_mask + 1) * 2;
  free(slots);
  slots = calloc(size, sizeof *slots);
  if (slots == NULL) abort();
  slot_mask = size - 1;
  for (uint32_t id = 0; id < words; id++) {
    uint64_t hash = hash_bytes(texts + text_starts[id], text_lengths[id]);
    uint32_t at = hash & slot_mask;
    while (slots[at].id_plus_1 != 0) at = (at + 1) & slot_mask;
    slots[at] = (Slot){hash >> 32, id + 1};
  }
}

static uint32_t word_id(const char *bytes, size_t length) {
  uint64_t hash = hash_bytes(bytes, length);
  uint32_t tag = hash >> 32;
  uint32_t at = hash & slot_mask;
  for (; slots[at].id_plus_1 != 0; at = (at + 1) & slot_mask) {
    uint32_t id = slots[at].id_plus_1 - 1;
    if (slots[at].tag == tag && text_lengths[id] == length && memcmp(texts + text_starts[id], bytes, length) == 0) {
      return id;
    }
  }
  if (words == words_size) {
    words_size = words_size == 0 ? 1u << 16 : words_size * 2;
    text_starts = grow(text_starts, words_size * sizeof *text_starts);
    text_lengths = grow(text_lengths, words_size * sizeof *text_lengths);
  }
  if (texts_used + length > texts_size) {
    texts_size = (texts_used + length) * 2;
    texts = grow(texts, texts_size);
  }
  memcpy(texts + texts_used, bytes, length);
  text_starts[words] = texts_used;
  text_lengths[words] = length;
  texts_used += length;
  uint32_t id = words++;
  slots[at] = (Slot){tag, id + 1};
  if (words * 2 > slot_mask) grow_slots();
  return id;
}

// Panes: counts by word id. Those between the newest closed window and the newest record are in use.

typedef struct {
  int64_t number;
  uint32_t *counts;
  uint32_t size;
} Pane;

static Pane panes[OPEN_PANES];

static Pane *pane_of(int64_t number) {
  Pane *pane = &panes[number % OPEN_PANES];
  if (pane->number != number) {
    if (pane->counts != NULL) memset(pane->counts, 0, pane->size * sizeof *pane->counts);
    pane->number = number;
  }
  return pane;
}

static void count_word(Pane *pane, uint32_t id) {
  if (id >= pane->size) {
    uint32_t size = id + 1 + id / 2;
    pane->counts = grow(pane->counts, size * sizeof *pane->counts);
    memset(pane->counts + pane->size, 0, (size - pane->size) * sizeof *pane->counts);
    pane->size = size;
  }
  pane->counts[id]++;
}

// The window: totals by word id, and its closing.

static uint32_t *totals;
static uint32_t totals_size;
static int64_t next_end = -1;

static int by_count(const void *a, const void *b) {
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  if (totals[left] != totals[right]) return totals[left] < totals[right] ? 1 : -1;
  uint32_t shorter = text_lengths[left] < text_lengths[right] ? text_lengths[left] : text_lengths[right];
  int order = memcmp(texts + text_starts[left], texts + text_starts[right], shorter);
  return order != 0 ? order : (int)text_lengths[left] - (int)text_lengths[right];
}

static void print_window(int64_t end) {
  uint32_t top[TOP + 1], held = 0;
  for (uint32_t id = 0; id < totals_size; id++) {
    if (totals[id] == 0 || (held == TOP && by_count(&id, &top[TOP - 1]) > 0)) continue;
    uint32_t at = held < TOP ? held++ : TOP - 1;
    for (; at > 0 && by_count(&top[at - 1], &id) > 0; at--) top[at] = top[at - 1];
    top[at] = id;
  }
  if (held == 0) return;
  printf("{\"window_end\":%" PRId64 ",\"top\":[", end * SLIDE_MS);
  for (uint32_t i = 0; i < held; i++) {
    printf("%s[\"%.*s\",%u]", i > 0 ? "," : "", (int)text_lengths[top[i]], texts + text_starts[top[i]], totals[top[i]]);
  }
  printf("]}\n");
  fflush(stdout);
}

static void close_until(int64_t watermark_ms) {
  for (; next_end * SLIDE_MS <= watermark_ms; next_end++) {
    if (totals_size < words) {
      totals = grow(totals, words * sizeof *totals);
      memset(totals + totals_size, 0, (words - totals_size) * sizeof *totals);
      totals_size = words;
    }
    Pane *entering = &panes[(next_end - 1) % OPEN_PANES];
    if (entering->number == next_end - 1) {
      for (uint32_t id = 0; id < entering->size && id < totals_size; id++) totals[id] += entering->counts[id];
    }
    Pane *leaving = &panes[(next_end - 1 - PANES) % OPEN_PANES];
    if (leaving->number == next_end - 1 - PANES) {
      for (uint32_t id = 0; id < leaving->size; id++) totals[id] -= leaving->counts[id];
    }
    print_window(next_end);
  }
}

static void count_record(const char *value, size_t length, int64_t timestamp_ms) {
  Pane *pane = pane_of(timestamp_ms / SLIDE_MS);
  const char *end = value + length;
  while (value <= end) {
    const char *comma = memchr(value, ',', end - value);
    const char *word_end = comma == NULL ? end : comma;
    if (word_end > value) count_word(pane, word_id(value, word_end - value));
    value = word_end + 1;
  }
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
    fprintf(stderr, "%s\n", error);
    exit(1);
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int partitions = atoi(argv[3]);
  for (int i = 0; i < OPEN_PANES; i++) panes[i].number = -1;
  grow_slots();
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  char group[64];
  snprintf(group, sizeof group, "peer-c-%d-%ld", (int)getpid(), (long)time(NULL));
  set(conf, "bootstrap.servers", argv[1]);
  set(conf, "group.id", group);
  set(conf, "auto.offset.reset", "earliest");
  set(conf, "enable.auto.commit", "false");
  set(conf, "check.crcs", "true");
  set(conf, "fetch.wait.max.ms", "100");
  set(conf, "queued.min.messages", "10000000");
  // By default a full queue is checked again after half a second (newer versions: one second, under another name), and
  // it is full all the time.
  char error[512];
  if (rd_kafka_conf_set(conf, "fetch.queue.backoff.ms", "2", error, sizeof error) != RD_KAFKA_CONF_OK) {
    set(conf, "fetch.error.backoff.ms", "2");
  }
  rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  if (consumer == NULL) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, argv[2], RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(consumer, topics);
  rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
  rd_kafka_message_t **messages = calloc(BATCH, sizeof *messages);
  int64_t *latest = calloc(partitions, sizeof *latest);
  bool first = true;
  for (;;) {
    ssize_t count = rd_kafka_consume_batch_queue(queue, 100, messages, BATCH);
    for (ssize_t i = 0; i < count; i++) {
      rd_kafka_message_t *message = messages[i];
      if (message->err == 0) {
        if (first) printf("{\"first\":true}\n"), fflush(stdout), first = false;
        int64_t timestamp = rd_kafka_message_timestamp(message, NULL);
        if (next_end < 0) next_end = timestamp / SLIDE_MS + 1;
        count_record(message->payload, message->len, timestamp);
        if (timestamp > latest[message->partition]) latest[message->partition] = timestamp;
      }
      rd_kafka_message_destroy(message);
    }
    if (count <= 0 || next_end < 0) continue;
    int64_t watermark = INT64_MAX;
    for (int p = 0; p < partitions; p++) watermark = latest[p] < watermark ? latest[p] : watermark;
    close_until(watermark - LATENESS_MS);
  }
}
