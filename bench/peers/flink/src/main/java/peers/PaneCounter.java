package peers;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** The first phase: counts the words of one source task by pane. A word and its count follow once the pane is complete. */
final class PaneCounter extends AbstractStreamOperator<Tuple2<String, Long>>
    implements OneInputStreamOperator<String, Tuple2<String, Long>> {
  private static final class Count {
    long value;
  }

  private transient TreeMap<Long, Map<String, Count>> panes;
  private transient long closed;
  private transient Tuple2<String, Long> reusedCount;
  private transient StreamRecord<Tuple2<String, Long>> reused;

  @Override
  public void open() throws Exception {
    super.open();
    panes = new TreeMap<>();
    closed = Long.MIN_VALUE;
    reusedCount = new Tuple2<>();
    reused = new StreamRecord<>(reusedCount);
  }

  @Override
  public void processElement(StreamRecord<String> element) {
    Output.first();
    long pane = Math.floorDiv(element.getTimestamp(), Job.SLIDE_MS);
    if (pane < closed) return;
    Map<String, Count> counts = panes.computeIfAbsent(pane, number -> new HashMap<>());
    String value = element.getValue();
    for (int start = 0; start <= value.length(); ) {
      int comma = value.indexOf(',', start);
      int end = comma < 0 ? value.length() : comma;
      if (end > start) counts.computeIfAbsent(value.substring(start, end), word -> new Count()).value++;
      start = end + 1;
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    closed = Math.floorDiv(mark.getTimestamp() + 1, Job.SLIDE_MS);
    while (!panes.isEmpty() && panes.firstKey() < closed) {
      Map.Entry<Long, Map<String, Count>> pane = panes.pollFirstEntry();
      reused.setTimestamp(pane.getKey() * Job.SLIDE_MS);
      for (Map.Entry<String, Count> entry : pane.getValue().entrySet()) {
        reusedCount.f0 = entry.getKey();
        reusedCount.f1 = entry.getValue().value;
        output.collect(reused);
      }
    }
    super.processWatermark(mark);
  }
}
