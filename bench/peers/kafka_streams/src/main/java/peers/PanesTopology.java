package peers;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Each partition's task counts its panes in maps; one task adds the closed ones up to windows. */
final class PanesTopology {
  private PanesTopology() {}

  static Topology build(String topic, int partitions) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(topic, Consumed.with(Serdes.Bytes(), Serdes.String()))
        .process(PaneCounter::new)
        .repartition(
            Repartitioned.<Integer, byte[]>as("panes")
                .withNumberOfPartitions(1)
                .withKeySerde(Serdes.Integer())
                .withValueSerde(Serdes.ByteArray()))
        .process(() -> new WindowMerger(partitions));
    return builder.build();
  }

  private static final class Count {
    long value;
  }

  /** Words of one partition by pane; a pane is passed on when the partition's records are past it. */
  private static final class PaneCounter implements Processor<Bytes, String, Integer, byte[]> {
    private final TreeMap<Long, Map<String, Count>> panes = new TreeMap<>();
    private ProcessorContext<Integer, byte[]> context;
    private long latestMs = Long.MIN_VALUE;

    @Override
    public void init(ProcessorContext<Integer, byte[]> context) {
      this.context = context;
    }

    @Override
    public void process(Record<Bytes, String> record) {
      Output.first();
      long pane = Math.floorDiv(record.timestamp(), Job.SLIDE_MS);
      Map<String, Count> counts = panes.computeIfAbsent(pane, number -> new HashMap<>());
      String value = record.value();
      for (int start = 0; start <= value.length(); ) {
        int comma = value.indexOf(',', start);
        int end = comma < 0 ? value.length() : comma;
        if (end > start) counts.computeIfAbsent(value.substring(start, end), word -> new Count()).value++;
        start = end + 1;
      }
      if (record.timestamp() <= latestMs) return;
      latestMs = record.timestamp();
      long closed = Math.floorDiv(latestMs - Job.LATENESS_MS, Job.SLIDE_MS);
      while (!panes.isEmpty() && panes.firstKey() < closed) pass(closed, record.timestamp());
    }

    private void pass(long closed, long timestampMs) {
      Map.Entry<Long, Map<String, Count>> pane = panes.pollFirstEntry();
      long known = panes.isEmpty() || panes.firstKey() >= closed ? closed : panes.firstKey();
      int partition = context.taskId().partition();
      context.forward(new Record<>(partition, encode(pane.getKey(), known, pane.getValue()), timestampMs));
    }

    private static byte[] encode(long pane, long closed, Map<String, Count> counts) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (DataOutputStream out = new DataOutputStream(bytes)) {
        out.writeLong(pane);
        out.writeLong(closed);
        out.writeInt(counts.size());
        for (Map.Entry<String, Count> entry : counts.entrySet()) {
          out.writeUTF(entry.getKey());
          out.writeLong(entry.getValue().value);
        }
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      return bytes.toByteArray();
    }
  }

  /** Adds panes up; a window closes when all partitions are past its end. */
  private static final class WindowMerger implements Processor<Integer, byte[], Void, Void> {
    private static final long PANES = Job.LENGTH_MS / Job.SLIDE_MS;
    private final Map<Long, Map<String, Long>> panes = new HashMap<>();
    private final Map<String, Long> totals = new HashMap<>();
    private final long[] closed;
    private long nextEnd = Long.MAX_VALUE;

    WindowMerger(int partitions) {
      closed = new long[partitions];
      Arrays.fill(closed, Long.MIN_VALUE);
    }

    @Override
    public void process(Record<Integer, byte[]> record) {
      try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(record.value()))) {
        long pane = in.readLong();
        closed[record.key()] = in.readLong();
        nextEnd = Math.min(nextEnd, pane + 1);
        Map<String, Long> counts = panes.computeIfAbsent(pane, number -> new HashMap<>());
        for (int left = in.readInt(); left > 0; left--) counts.merge(in.readUTF(), in.readLong(), Long::sum);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      long until = Arrays.stream(closed).min().getAsLong();
      for (; nextEnd <= until; nextEnd++) closeWindow();
    }

    private void closeWindow() {
      panes.getOrDefault(nextEnd - 1, Map.of()).forEach((word, count) -> totals.merge(word, count, Long::sum));
      Map<String, Long> leaving = panes.remove(nextEnd - 1 - PANES);
      if (leaving != null) {
        leaving.forEach((word, count) -> totals.compute(word, (key, sum) -> sum.equals(count) ? null : sum - count));
      }
      Output.window(nextEnd * Job.SLIDE_MS, totals);
    }
  }
}
