package peers;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Collects the words of each window, given as (end, word, count); on the watermark it passes on or prints the top ones. */
final class WindowTop extends AbstractStreamOperator<Tuple3<Long, String, Long>>
    implements OneInputStreamOperator<Tuple3<Long, String, Long>, Tuple3<Long, String, Long>> {
  static final TypeInformation<Tuple3<Long, String, Long>> TYPE =
      Types.TUPLE(Types.LONG, Types.STRING, Types.LONG);
  private final boolean isLast;
  private transient TreeMap<Long, Map<String, Long>> windows;

  private WindowTop(boolean isLast) {
    this.isLast = isLast;
  }

  /** The top of each task's share of the words. */
  static DataStream<Tuple3<Long, String, Long>> ofShares(DataStream<Tuple3<Long, String, Long>> words) {
    return words.transform("top of a share", TYPE, new WindowTop(false));
  }

  static void print(DataStream<Tuple3<Long, String, Long>> words) {
    words.global().transform("top", TYPE, new WindowTop(true)).setParallelism(1);
  }

  @Override
  public void open() throws Exception {
    super.open();
    windows = new TreeMap<>();
  }

  @Override
  public void processElement(StreamRecord<Tuple3<Long, String, Long>> element) {
    Tuple3<Long, String, Long> count = element.getValue();
    windows.computeIfAbsent(count.f0, end -> new HashMap<>()).put(count.f1, count.f2);
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    while (!windows.isEmpty() && windows.firstKey() <= mark.getTimestamp() + 1) {
      Map.Entry<Long, Map<String, Long>> window = windows.pollFirstEntry();
      if (isLast) {
        Output.window(window.getKey(), window.getValue());
        continue;
      }
      for (Map.Entry<String, Long> best : Output.top(window.getValue())) {
        output.collect(new StreamRecord<>(Tuple3.of(window.getKey(), best.getKey(), best.getValue())));
      }
    }
    super.processWatermark(mark);
  }
}
