package peers;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.Stores;

/**
 * The DSL: hopping windows over words, which go through a topic with one partition so that the top covers all words. It
 * is exact only if the source has one partition, too. With several, one may be read to its end before the next begins,
 * whose records are then too late.
 */
final class SlidingTopology {
  private static final Duration GRACE = Duration.ofMillis(Job.LATENESS_MS);

  private SlidingTopology() {}

  static Topology build(String topic) {
    Duration length = Duration.ofMillis(Job.LENGTH_MS);
    Duration slide = Duration.ofMillis(Job.SLIDE_MS);
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(topic, Consumed.with(Serdes.Bytes(), Serdes.String()))
        .flatMapValues(
            value -> {
              Output.first();
              return Arrays.asList(value.split(","));
            })
        .selectKey((key, word) -> word)
        .mapValues(word -> new byte[0])
        .repartition(
            Repartitioned.<String, byte[]>as("words")
                .withNumberOfPartitions(1)
                .withKeySerde(Serdes.String())
                .withValueSerde(Serdes.ByteArray()))
        .groupByKey()
        .windowedBy(TimeWindows.ofSizeAndGrace(length, GRACE).advanceBy(slide))
        .count(
            Materialized.<String, Long>as(
                    Stores.inMemoryWindowStore("counts", length.plus(GRACE).multipliedBy(2), length, false))
                .withKeySerde(Serdes.String())
                .withValueSerde(Serdes.Long())
                .withLoggingDisabled())
        .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded().withLoggingDisabled()))
        .toStream()
        .process(TopPrinter::new);
    return builder.build();
  }

  /** Closed windows come one word after the other, window after window. */
  private static final class TopPrinter implements Processor<Windowed<String>, Long, Void, Void> {
    private final Map<Long, Map<String, Long>> windows = new HashMap<>();
    private long newestEndMs = Long.MIN_VALUE;

    @Override
    public void process(Record<Windowed<String>, Long> record) {
      long endMs = record.key().window().end();
      if (endMs > newestEndMs) {
        Map<String, Long> done = windows.remove(newestEndMs);
        if (done != null) Output.window(newestEndMs, done);
        newestEndMs = endMs;
      }
      windows.computeIfAbsent(endMs, end -> new HashMap<>()).put(record.key().key(), record.value());
    }
  }
}
