package peers;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The same job in Flink: a mini cluster in one process, with two slots.
 *
 * <p>usage: WordCounts BROKERS TOPIC panes|sliding|sql
 *
 * <p>sliding: the windows of the DataStream API, behind counts of 2 s panes that each source task makes. panes: operators
 * that count these panes in plain maps and add them up, as one would write it by hand when the first is too slow. sql: HOP
 * windows and a window Top-N, which count in slices of 2 s in two phases by themselves.
 */
public final class WordCounts {
  private static final int PARALLELISM = 2;

  private WordCounts() {}

  public static void main(String[] args) throws Exception {
    String brokers = args[0];
    String topic = args[1];
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(PARALLELISM, settings());
    environment.getConfig().enableObjectReuse();
    switch (args[2]) {
      case "panes" -> PanesJob.build(read(environment, brokers, topic));
      case "sliding" -> SlidingJob.build(read(environment, brokers, topic));
      case "sql" -> SqlJob.build(environment, brokers, topic);
      default -> throw new IllegalArgumentException(args[2]);
    }
    environment.execute();
  }

  private static Configuration settings() {
    Configuration settings = new Configuration();
    // Plain objects on the heap, neither RocksDB nor checkpoints.
    settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(1_024));
    settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(256));
    settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(256));
    settings.set(RestOptions.BIND_PORT, "0");
    return settings;
  }

  private static DataStream<String> read(StreamExecutionEnvironment environment, String brokers, String topic) {
    KafkaSource<String> source =
        KafkaSource.<String>builder()
            .setBootstrapServers(brokers)
            .setTopics(topic)
            .setGroupId("peer-flink-" + topic)
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setValueOnlyDeserializer(new SimpleStringSchema())
            .setProperty("max.poll.records", "10000")
            .setProperty("commit.offsets.on.checkpoint", "false")
            .build();
    // Each partition has its own watermark, and the source's is the smallest.
    WatermarkStrategy<String> watermarks =
        WatermarkStrategy.<String>forBoundedOutOfOrderness(Duration.ofMillis(Job.LATENESS_MS));
    return environment.fromSource(source, watermarks, "records");
  }
}
