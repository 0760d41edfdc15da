package peers;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.Collectors;

/** Prints a line for the first record and one for each closed window. */
final class Output {
  private static boolean begun;

  private Output() {}

  static synchronized void first() {
    if (begun) return;
    begun = true;
    System.out.println("{\"first\":true}");
    System.out.flush();
  }

  /** Prints the words with the largest counts, equal ones in the order of their text. */
  static void window(long endMs, Map<String, Long> counts) {
    if (counts.isEmpty()) return;
    String words =
        top(counts).stream()
            .map(entry -> "[\"" + entry.getKey() + "\"," + entry.getValue() + "]")
            .collect(Collectors.joining(","));
    System.out.println("{\"window_end\":" + endMs + ",\"top\":[" + words + "]}");
    System.out.flush();
  }

  static List<Map.Entry<String, Long>> top(Map<String, Long> counts) {
    Comparator<Map.Entry<String, Long>> worstFirst =
        Comparator.comparing((Map.Entry<String, Long> entry) -> entry.getValue())
            .thenComparing(Map.Entry::getKey, Comparator.reverseOrder());
    PriorityQueue<Map.Entry<String, Long>> best = new PriorityQueue<>(worstFirst);
    for (Map.Entry<String, Long> entry : counts.entrySet()) {
      best.add(entry);
      if (best.size() > Job.TOP) best.poll();
    }
    return best.stream().sorted(worstFirst.reversed()).collect(Collectors.toList());
  }
}
