package peers;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.functions.TableFunction;
import org.apache.flink.types.Row;

/** One row for each word of a record. */
@FunctionHint(output = @DataTypeHint("ROW<word STRING>"))
public final class SplitWords extends TableFunction<Row> {
  private final Row row = new Row(1);

  public void eval(String text) {
    Output.first();
    for (int start = 0; start <= text.length(); ) {
      int comma = text.indexOf(',', start);
      int end = comma < 0 ? text.length() : comma;
      if (end > start) {
        row.setField(0, text.substring(start, end));
        collect(row);
      }
      start = end + 1;
    }
  }
}
