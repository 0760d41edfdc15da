package peers;

import java.io.Serializable;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.spark.SparkConf;
import org.apache.spark.streaming.Durations;
import org.apache.spark.streaming.api.java.JavaInputDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.kafka010.ConsumerStrategies;
import org.apache.spark.streaming.kafka010.KafkaUtils;
import org.apache.spark.streaming.kafka010.LocationStrategies;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import scala.Tuple2;

/**
 * The Spark lab's job (docs/spark-lab.md) on DStreams: batches of 2 s, a window of 60 s in processing time, the top 20.
 * Current Spark has neither its receiver nor its Python binding; this uses the direct stream, without rate limits.
 *
 * <p>usage: DStreamsWordCounts BROKERS TOPIC
 */
public final class DStreamsWordCounts {
  private static final int TOP = 20;

  private DStreamsWordCounts() {}

  /** Largest count first, equal ones in the order of their text. */
  private static final class ByCount implements Comparator<Tuple2<String, Long>>, Serializable {
    @Override
    public int compare(Tuple2<String, Long> a, Tuple2<String, Long> b) {
      int order = Long.compare(b._2, a._2);
      return order != 0 ? order : a._1.compareTo(b._1);
    }
  }

  public static void main(String[] args) throws Exception {
    SparkConf conf =
        new SparkConf()
            .setAppName("peer-dstreams")
            .set("spark.ui.enabled", "false")
            .set("spark.default.parallelism", "2")
            .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer");
    try (JavaStreamingContext context = new JavaStreamingContext(conf, Durations.seconds(2))) {
      context.sparkContext().setLogLevel("ERROR");
      context.checkpoint(Files.createTempDirectory("rtcount-dstream-").toString());
      Map<String, Object> settings =
          Map.of(
              "bootstrap.servers", args[0],
              "group.id", "peer-dstreams-" + UUID.randomUUID(),
              "auto.offset.reset", "earliest",
              "enable.auto.commit", false,
              "key.deserializer", StringDeserializer.class,
              "value.deserializer", StringDeserializer.class);
      JavaInputDStream<ConsumerRecord<String, String>> records =
          KafkaUtils.createDirectStream(
              context,
              LocationStrategies.PreferConsistent(),
              ConsumerStrategies.Subscribe(List.of(args[1]), settings));
      records
          .map(ConsumerRecord::value)
          .flatMap(value -> Arrays.asList(value.split(",")).iterator())
          .mapToPair(word -> new Tuple2<>(word, 1L))
          .reduceByKeyAndWindow(
              (a, b) -> a + b, (a, b) -> a - b, Durations.seconds(60), Durations.seconds(2))
          .foreachRDD(
              (counts, time) -> {
                List<Tuple2<String, Long>> top =
                    counts.map(count -> count).filter(count -> count._2 > 0).takeOrdered(TOP, new ByCount());
                print(time.milliseconds(), top);
              });
      System.out.println("{\"first\":true}");
      context.start();
      context.awaitTermination();
    }
  }

  private static void print(long endMs, List<Tuple2<String, Long>> top) {
    String words =
        top.stream().map(word -> "[\"" + word._1 + "\"," + word._2 + "]").collect(Collectors.joining(","));
    System.out.println("{\"window_end\":" + endMs + ",\"top\":[" + words + "]}");
    System.out.flush();
  }
}
