package peers;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** SQL: HOP windows and a window Top-N. */
final class SqlJob {
  private static final String TOP_WORDS =
      """
      SELECT window_end, word, occurrences FROM (
        SELECT window_end, word, occurrences, ROW_NUMBER() OVER (
          PARTITION BY window_start, window_end ORDER BY occurrences DESC, word ASC) AS place
        FROM (
          SELECT window_start, window_end, word, COUNT(*) AS occurrences
          FROM TABLE(HOP(TABLE words, DESCRIPTOR(ts), INTERVAL '%d' SECOND, INTERVAL '%d' SECOND))
          GROUP BY window_start, window_end, word))
      WHERE place <= %d
      """
          .formatted(Job.SLIDE_MS / 1_000, Job.LENGTH_MS / 1_000, Job.TOP);

  private SqlJob() {}

  static void build(StreamExecutionEnvironment environment, String brokers, String topic) {
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.getConfig().set("table.local-time-zone", "UTC");
    tables.getConfig().set("table.optimizer.agg-phase-strategy", "TWO_PHASE");
    tables.executeSql(
        """
        CREATE TABLE records (
          text STRING,
          ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
          WATERMARK FOR ts AS ts - INTERVAL '%d' SECOND
        ) WITH (
          'connector' = 'kafka', 'format' = 'raw', 'scan.startup.mode' = 'earliest-offset',
          'properties.bootstrap.servers' = '%s', 'topic' = '%s',
          'properties.max.poll.records' = '10000', 'properties.group.id' = 'peer-flink-sql'
        )
        """
            .formatted(Job.LATENESS_MS / 1_000, brokers, topic));
    tables.createTemporarySystemFunction("SPLIT_WORDS", SplitWords.class);
    tables.executeSql(
        "CREATE TEMPORARY VIEW words AS SELECT ts, word FROM records, LATERAL TABLE(SPLIT_WORDS(text)) AS split(word)");
    Table top = tables.sqlQuery(TOP_WORDS);
    WindowTop.print(
        tables
            .toDataStream(top)
            .map(
                row ->
                    Tuple3.of(
                        ((LocalDateTime) row.getField(0)).toInstant(ZoneOffset.UTC).toEpochMilli(),
                        (String) row.getField(1),
                        (Long) row.getField(2)))
            .returns(WindowTop.TYPE));
  }
}
