"""The same job in Spark Structured Streaming, in one process with two threads.

usage: structured_streaming.py JARS BROKERS TOPIC RECORDS sliding|panes

sliding: the window as the guide shows it; every word is counted in the 30 windows that it belongs to.
panes: counted by 2 s panes first, and these are added up to windows, which is far less work.
"""

import json
import sys
import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, count, explode, split, sum as total, window

TRIGGERS = 10
TOP = 20


def main(jars, brokers, topic, records, shape):
    folder = tempfile.mkdtemp(prefix="rtcount-spark-")
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", jars)
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.streaming.stateStore.providerClass",
                "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider")
        .config("spark.sql.streaming.checkpointLocation", folder)
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    stream = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", brokers)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", max(1, records // TRIGGERS))
        .load()
    )
    words = stream.withWatermark("timestamp", "2 seconds").select(
        "timestamp", explode(split(col("value").cast("string"), ",")).alias("word")
    )
    if shape == "sliding":
        counts = words.groupBy(window("timestamp", "60 seconds", "2 seconds"), "word").agg(count("*").alias("n"))
    else:
        panes = words.groupBy(window("timestamp", "2 seconds"), "word").agg(count("*").alias("n"))
        counts = panes.groupBy(window("window", "60 seconds", "2 seconds"), "word").agg(total("n").alias("n"))
    first = [True]

    def put_out(batch, _):
        if first[0]:
            print('{"first":true}', flush=True)
            first[0] = False
        rows = batch.selectExpr(
            "unix_millis(window.end) AS window_end", "word", "n",
            "row_number() OVER (PARTITION BY window.end ORDER BY n DESC, word) AS place",
        ).where(f"place <= {TOP}").orderBy("window_end", "place").collect()
        by_end = {}
        for row in rows:
            by_end.setdefault(row.window_end, []).append([row.word, row.n])
        for end, top in by_end.items():
            print(json.dumps({"window_end": end, "top": top}), flush=True)

    query = (
        counts.writeStream.outputMode("append")
        .foreachBatch(put_out)
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
