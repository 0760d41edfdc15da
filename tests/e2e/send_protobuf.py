"""Sends records with confluent-kafka's Protobuf serializer, which registers their schemas.

Arguments: brokers, the registry's URL, a topic, the number of records, the time of the first in ms, and where the schema
id stands: "prefix" or "header". The values are of the second message of their file.
"""

import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, header_schema_id_serializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

brokers, url, topic, count, start_ms, place = sys.argv[1:]
Field = descriptor_pb2.FieldDescriptorProto


def add_field(message, name, number, kind, label=Field.LABEL_OPTIONAL, type_name=None):
    field = message.field.add(name=name, number=number, type=kind, label=label)
    if type_name is not None:
        field.type_name = type_name


pool = descriptor_pool.Default()
users = descriptor_pb2.FileDescriptorProto(name="org/users.proto", package="org.example", syntax="proto3")
user = users.message_type.add(name="User")
add_field(user, "id", 1, Field.TYPE_INT64)
pool.Add(users)
events = descriptor_pb2.FileDescriptorProto(name="org/events.proto", package="org.example", syntax="proto3")
events.dependency.extend(["org/users.proto", "google/protobuf/timestamp.proto"])
events.message_type.add(name="Unused")
level = events.enum_type.add(name="Level")
level.value.add(name="INFO", number=0)
level.value.add(name="ERROR", number=5)
event = events.message_type.add(name="Event")
add_field(event, "at", 1, Field.TYPE_MESSAGE, type_name=".google.protobuf.Timestamp")
add_field(event, "level", 2, Field.TYPE_ENUM, type_name=".org.example.Level")
add_field(event, "user", 3, Field.TYPE_MESSAGE, type_name=".org.example.User")
add_field(event, "tags", 4, Field.TYPE_STRING, Field.LABEL_REPEATED)
add_field(event, "byte_count", 5, Field.TYPE_UINT32)
add_field(event, "sizes", 6, Field.TYPE_SINT32, Field.LABEL_REPEATED)
pool.Add(events)
Event = message_factory.GetMessageClass(pool.FindMessageTypeByName("org.example.Event"))

registry = SchemaRegistryClient({"url": url})
config = {"schema.id.serializer": header_schema_id_serializer} if place == "header" else {}
serialize = ProtobufSerializer(Event, registry, config)
producer = Producer({"bootstrap.servers": brokers})
for i in range(int(count)):
    value = Event(level=5 if i % 2 else 0, tags=["a", "b"][: i % 3], byte_count=i, sizes=[-i, i])
    value.at.seconds = int(start_ms) // 1000
    if i % 10 != 0:
        value.user.id = 2**60 + i % 3
    headers = []
    serialized = serialize(value, SerializationContext(topic, MessageField.VALUE, headers))
    producer.produce(topic, serialized, headers=headers, timestamp=int(start_ms))
producer.flush()
