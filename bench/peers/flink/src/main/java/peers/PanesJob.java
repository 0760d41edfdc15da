package peers;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Each task adds up the panes of its share of the words; one task merges the tops of the shares. */
final class PanesJob {
  private PanesJob() {}

  static void build(DataStream<String> records) {
    DataStream<Tuple3<Long, String, Long>> tops =
        records
            .transform("panes", Types.TUPLE(Types.STRING, Types.LONG), new PaneCounter())
            .partitionCustom((word, tasks) -> Math.floorMod(word.hashCode(), tasks), count -> count.f0)
            .transform("windows", WindowTop.TYPE, new WindowMerger());
    WindowTop.print(tops);
  }

  /** Adds panes up; a window closes when the watermark passes its end. */
  private static final class WindowMerger extends AbstractStreamOperator<Tuple3<Long, String, Long>>
      implements OneInputStreamOperator<Tuple2<String, Long>, Tuple3<Long, String, Long>> {
    private static final long PANES = Job.LENGTH_MS / Job.SLIDE_MS;
    private transient Map<Long, Map<String, Long>> panes;
    private transient Map<String, Long> totals;
    private transient long nextEnd;

    @Override
    public void open() throws Exception {
      super.open();
      panes = new HashMap<>();
      totals = new HashMap<>();
      nextEnd = Long.MAX_VALUE;
    }

    @Override
    public void processElement(StreamRecord<Tuple2<String, Long>> element) {
      long pane = Math.floorDiv(element.getTimestamp(), Job.SLIDE_MS);
      nextEnd = Math.min(nextEnd, pane + 1);
      Tuple2<String, Long> count = element.getValue();
      panes.computeIfAbsent(pane, number -> new HashMap<>()).merge(count.f0, count.f1, Long::sum);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
      long until = Math.floorDiv(mark.getTimestamp() + 1, Job.SLIDE_MS);
      for (; nextEnd <= until; nextEnd++) closeWindow();
      super.processWatermark(mark);
    }

    private void closeWindow() {
      panes.getOrDefault(nextEnd - 1, Map.of()).forEach((word, count) -> totals.merge(word, count, Long::sum));
      Map<String, Long> leaving = panes.remove(nextEnd - 1 - PANES);
      if (leaving != null) {
        leaving.forEach((word, count) -> totals.compute(word, (key, sum) -> sum.equals(count) ? null : sum - count));
      }
      for (Map.Entry<String, Long> best : Output.top(totals)) {
        output.collect(new StreamRecord<>(Tuple3.of(nextEnd * Job.SLIDE_MS, best.getKey(), best.getValue())));
      }
    }
  }
}
