"""Sends records with confluent-kafka's Avro serializer, which registers their schemas.

Arguments: brokers, the registry's URL, a topic, the number of records, the time of the first in ms, and where the schema
id stands: "prefix" or "header".
"""

import datetime
import decimal
import json
import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient, header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, url, topic, count, start_ms, place = sys.argv[1:]

USER = json.dumps({
    "type": "record", "name": "User", "namespace": "org.example",
    "fields": [{"name": "id", "type": "long"}, {"name": "mail", "type": ["null", "string"], "default": None}],
})
EVENT = json.dumps({
    "type": "record", "name": "Event", "namespace": "org.example",
    "fields": [
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "level", "type": {"type": "enum", "name": "Level", "symbols": ["INFO", "ERROR"]}},
        {"name": "before", "type": {"type": "map", "values": "double"}},
        {"name": "user", "type": ["null", "org.example.User"]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
        {"name": "bytes", "type": "int"},
    ],
})

registry = SchemaRegistryClient({"url": url})
registry.register_schema("users", Schema(USER, "AVRO"))
schema = Schema(EVENT, "AVRO", [SchemaReference("org.example.User", "users", 1)])
config = {"schema.id.serializer": header_schema_id_serializer} if place == "header" else {}
serialize = AvroSerializer(registry, schema, conf=config)
producer = Producer({"bootstrap.servers": brokers})
start = datetime.datetime.fromtimestamp(int(start_ms) / 1000, datetime.timezone.utc)
for i in range(int(count)):
    event = {
        "at": start + datetime.timedelta(microseconds=1000 * i + 7),
        "level": "ERROR" if i % 2 else "INFO",
        "before": {"x": 1.5, "y": float(i)},
        "user": None if i % 10 == 0 else {"id": 2**60 + i % 3, "mail": None},
        "tags": ["a", "b"][: i % 3],
        "price": decimal.Decimal(i % 4) / 4,
        "bytes": i,
    }
    headers = []
    value = serialize(event, SerializationContext(topic, MessageField.VALUE, headers))
    producer.produce(topic, value, headers=headers, timestamp=int(start_ms))
producer.flush()
