package peers;

import java.nio.file.Files;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;

/**
 * The same job in Kafka Streams, in one process with two threads.
 *
 * <p>usage: WordCounts BROKERS TOPIC PARTITIONS sliding|panes
 *
 * <p>sliding: the DSL's hopping windows; every word is counted in the 30 windows that it belongs to. panes: processors
 * that count 2 s panes in plain maps and add these up, as one would write it by hand when the first is too slow.
 */
public final class WordCounts {
  private WordCounts() {}

  public static void main(String[] args) throws Exception {
    String topic = args[1];
    int partitions = Integer.parseInt(args[2]);
    Topology topology =
        args[3].equals("sliding") ? SlidingTopology.build(topic) : PanesTopology.build(topic, partitions);
    KafkaStreams streams = new KafkaStreams(topology, settings(args[0]));
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }

  private static Properties settings(String brokers) throws Exception {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "peer-streams-" + UUID.randomUUID());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("rtcount-streams-").toString());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
    settings.put(StreamsConfig.producerPrefix("linger.ms"), 50);
    settings.put(StreamsConfig.producerPrefix("batch.size"), 256 << 10);
    settings.put(StreamsConfig.producerPrefix("max.request.size"), 64 << 20);
    settings.put(StreamsConfig.producerPrefix("buffer.memory"), 128L << 20);
    settings.put(StreamsConfig.TOPIC_PREFIX + "max.message.bytes", "67108864");
    return settings;
  }
}
