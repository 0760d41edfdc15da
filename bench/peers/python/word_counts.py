"""The same job as one would script it: confluent-kafka, a Counter per pane, a Counter of totals, a gauge.

usage: word_counts.py BROKERS TOPIC PARTITIONS
"""

import json
import sys
import uuid
from collections import Counter
from heapq import nsmallest

from confluent_kafka import Consumer
from prometheus_client import Gauge, start_http_server

SLIDE_MS = 2_000
PANES = 30
LATENESS_MS = 2_000
TOP = 20
BATCH = 10_000


def main(brokers, topic, partitions):
    gauge = Gauge("word_occurrences", "Count of each top word in the last window.", ["word"])
    start_http_server(0, "127.0.0.1")
    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": f"peer-python-{uuid.uuid4()}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "check.crcs": True,
        "fetch.wait.max.ms": 100,
        # By default a full queue is looked at again after a second, and it is full all the time.
        "fetch.queue.backoff.ms": 2,
        "queued.min.messages": 1_000_000,
    })
    consumer.subscribe([topic])
    panes = {}
    totals = Counter()
    latest = [0] * partitions
    next_end = None
    while True:
        messages = consumer.consume(BATCH, timeout=0.1)
        for message in messages:
            if message.error():
                continue
            timestamp = message.timestamp()[1]
            if next_end is None:
                print('{"first":true}', flush=True)
                next_end = timestamp // SLIDE_MS + 1
            pane = panes.get(timestamp // SLIDE_MS)
            if pane is None:
                pane = panes[timestamp // SLIDE_MS] = Counter()
            pane.update(message.value().decode("utf-8", "replace").split(","))
            partition = message.partition()
            if timestamp > latest[partition]:
                latest[partition] = timestamp
        if next_end is None:
            continue
        while next_end * SLIDE_MS <= min(latest) - LATENESS_MS:
            totals.update(panes.get(next_end - 1, {}))
            for word, count in panes.pop(next_end - 1 - PANES, {}).items():
                left = totals[word] - count
                if left:
                    totals[word] = left
                else:
                    del totals[word]
            if totals:
                put_out(gauge, next_end * SLIDE_MS, totals)
            next_end += 1


def put_out(gauge, end_ms, totals):
    top = nsmallest(TOP, totals.items(), key=lambda item: (-item[1], item[0]))
    gauge.clear()
    for word, count in top:
        gauge.labels(word).set(count)
    print(json.dumps({"window_end": end_ms, "top": top}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
