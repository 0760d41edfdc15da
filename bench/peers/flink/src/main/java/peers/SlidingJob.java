package peers;

import java.time.Duration;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** Flink's own sliding windows, keyed by word: each count of a pane is added to the 30 windows that it belongs to. */
final class SlidingJob {
  private SlidingJob() {}

  static void build(DataStream<String> records) {
    SlidingEventTimeWindows windows =
        SlidingEventTimeWindows.of(Duration.ofMillis(Job.LENGTH_MS), Duration.ofMillis(Job.SLIDE_MS));
    DataStream<Tuple3<Long, String, Long>> counts =
        records
            .transform("panes", Types.TUPLE(Types.STRING, Types.LONG), new PaneCounter())
            .keyBy(count -> count.f0, Types.STRING)
            .window(windows)
            .aggregate(new Sum(), new WithEnd(), Types.LONG, WindowTop.TYPE);
    WindowTop.print(WindowTop.ofShares(counts));
  }

  private static final class Sum implements AggregateFunction<Tuple2<String, Long>, Long, Long> {
    @Override
    public Long createAccumulator() {
      return 0L;
    }

    @Override
    public Long add(Tuple2<String, Long> count, Long sum) {
      return sum + count.f1;
    }

    @Override
    public Long getResult(Long sum) {
      return sum;
    }

    @Override
    public Long merge(Long a, Long b) {
      return a + b;
    }
  }

  private static final class WithEnd implements WindowFunction<Long, Tuple3<Long, String, Long>, String, TimeWindow> {
    @Override
    public void apply(
        String word, TimeWindow window, Iterable<Long> sums, Collector<Tuple3<Long, String, Long>> out) {
      for (Long sum : sums) out.collect(Tuple3.of(window.getEnd(), word, sum));
    }
  }
}
