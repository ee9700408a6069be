"""Confluent's Python client against the registry, told what to do by one JSON object on stdin.

Writes one JSON object: what the client found, and values it encoded; ends with 1 at the first
surprise. The schemas are registered by the client itself, values go through a real topic.
"""
import json
import sys
import uuid

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf import timestamp_pb2

AVRO = {
    "type": "record",
    "name": "Trip",
    "namespace": "rides",
    "fields": [{"name": "area", "type": "int"}, {"name": "fare", "type": ["null", "double"]}],
}
JSON = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Trip",
    "type": "object",
    "properties": {"area": {"type": "integer"}, "fare": {"type": ["number", "null"]}},
    "required": ["area"],
    "additionalProperties": False,
}


def trip_class():
    """A message class, made here because there is no compiler at hand."""
    kind = descriptor_pb2.FieldDescriptorProto
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    stop = descriptor_pb2.FileDescriptorProto(name="rides/stop.proto", package="rides", syntax="proto3")
    stop_message = stop.message_type.add(name="Stop")
    stop_message.field.add(name="zip_code", number=1, type=kind.TYPE_STRING, label=kind.LABEL_OPTIONAL)
    pool.Add(stop)
    trip = descriptor_pb2.FileDescriptorProto(
        name="rides/trip.proto",
        package="rides",
        syntax="proto3",
        dependency=["rides/stop.proto", "google/protobuf/timestamp.proto"],
    )
    trip.message_type.add(name="Other").field.add(
        name="a", number=1, type=kind.TYPE_BOOL, label=kind.LABEL_OPTIONAL
    )
    message = trip.message_type.add(name="Trip")
    message.field.add(name="area", number=1, type=kind.TYPE_INT64, label=kind.LABEL_OPTIONAL)
    message.field.add(
        name="stops", number=2, type=kind.TYPE_MESSAGE, type_name=".rides.Stop", label=kind.LABEL_REPEATED
    )
    message.field.add(
        name="at",
        number=3,
        type=kind.TYPE_MESSAGE,
        type_name=".google.protobuf.Timestamp",
        label=kind.LABEL_OPTIONAL,
    )
    pool.Add(trip)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("rides.Trip"))


def refused(code, call):
    try:
        call()
    except SchemaRegistryError as error:
        assert error.error_code == code, f"{error.error_code} instead of {code}: {error}"
        return
    raise AssertionError(f"{code} was expected")


def administer(client):
    """Every call of the client that has an endpoint of its own."""
    first = Schema(json.dumps(AVRO), "AVRO")
    wider_fields = AVRO["fields"] + [{"name": "note", "type": "string", "default": ""}]
    wider = Schema(json.dumps({**AVRO, "fields": wider_fields}), "AVRO")
    broken_fields = AVRO["fields"] + [{"name": "zone", "type": "string"}]
    broken = Schema(json.dumps({**AVRO, "fields": broken_fields}), "AVRO")
    subject = "python-admin"
    one = client.register_schema(subject, first)
    full = client.register_schema_full_response(subject, wider)
    assert full.schema_id > one, full
    assert client.lookup_schema(subject, first).version == 1
    assert client.get_latest_version(subject).version == 2
    assert client.get_version(subject, 1).schema_id == one
    assert json.loads(client.get_schema(one).schema_str) == AVRO
    assert client.get_versions(subject) == [1, 2]
    assert subject in client.get_subjects()
    assert client.test_compatibility(subject, wider)
    assert not client.test_compatibility(subject, broken)
    assert not client.test_compatibility_all_versions(subject, broken)
    refused(409, lambda: client.register_schema(subject, broken))
    client.set_compatibility(subject, "NONE")
    assert client.get_compatibility(subject) == "NONE"
    client.register_schema(subject, broken)
    refused(40401, lambda: client.get_latest_version("python-none"))
    refused(40403, lambda: client.get_schema(999_999))
    refused(42201, lambda: client.register_schema("python-x", Schema('{"type":"x"}', "AVRO")))
    assert client.get_schema_types() == ["AVRO", "JSON", "PROTOBUF"]
    assert [v.version for v in client.get_subjects_by_schema_id(one) and client.get_schema_versions(one)] == [1]
    code = Schema('{"type":"enum","name":"Code","symbols":["A"]}', "AVRO")
    client.register_schema("python-code", code)
    reference = SchemaReference("Code", "python-code", 1)
    named = '{"type":"record","name":"R","fields":[{"name":"c","type":"Code"}]}'
    client.register_schema("python-ref", Schema(named, "AVRO", [reference]))
    assert client.get_version("python-ref", 1).schema.references[0].subject == "python-code"
    assert client.get_referenced_by("python-code", 1) != []
    client.update_mode("python-code", "READONLY")
    assert client.get_mode("python-code") == "READONLY"
    refused(42205, lambda: client.register_schema("python-code", wider))
    assert client.delete_version(subject, 3) == 3
    assert client.delete_subject(subject) == [1, 2]
    assert client.delete_subject(subject, permanent=True)[:2] == [1, 2]
    refused(40401, lambda: client.get_versions(subject))
    assert client.get_contexts() == ["."]


def in_header(url):
    """The schema's GUID goes in a header; who has not seen the schema finds it by that."""
    conf = {"schema.id.serializer": header_schema_id_serializer}
    serialize = AvroSerializer(SchemaRegistryClient({"url": url}), json.dumps(AVRO), conf=conf)
    context = SerializationContext("python-header", MessageField.VALUE, [])
    value = {"area": 7, "fare": 1.5}
    data = serialize(value, context)
    assert [name for name, _ in context.headers] == ["__value_schema_id"], context.headers
    assert AvroDeserializer(SchemaRegistryClient({"url": url}))(data, context) == value


def main():
    ask = json.load(sys.stdin)
    client = SchemaRegistryClient({"url": ask["registry"]})
    administer(client)
    in_header(ask["registry"])
    trip = trip_class()
    message = trip(area=9007199254740993)
    message.stops.add(zip_code="x")
    message.at.FromJsonString("2026-01-02T03:04:05Z")
    plain = {"area": 7, "fare": 1.5}
    kinds = {
        "avro": (
            AvroSerializer(client, json.dumps(AVRO)),
            AvroDeserializer(client),
            plain,
            lambda value: value,
        ),
        "json": (
            JSONSerializer(json.dumps(JSON), client),
            JSONDeserializer(None, schema_registry_client=client),
            plain,
            lambda value: value,
        ),
        "protobuf": (
            ProtobufSerializer(trip, client, {"use.deprecated.format": False}),
            ProtobufDeserializer(trip, {"use.deprecated.format": False}, client),
            message,
            lambda value: json_format.MessageToDict(value, preserving_proto_field_name=True),
        ),
    }
    producer = Producer({"bootstrap.servers": ask["bootstrap"]})
    written, read, theirs = {}, {}, {}
    for kind, (serialize, deserialize, value, to_json) in kinds.items():
        topic = f"python-{kind}"
        context = SerializationContext(topic, MessageField.VALUE)
        data = serialize(value, context)
        written[kind] = data.hex()
        producer.produce(topic, value=data)
        assert producer.flush(20) == 0
        consumer = Consumer(
            {
                "bootstrap.servers": ask["bootstrap"],
                "group.id": str(uuid.uuid4()),
                "auto.offset.reset": "earliest",
            }
        )
        consumer.subscribe([topic])
        record = None
        for _ in range(60):
            record = consumer.poll(1)
            if record is not None and record.error() is None:
                break
        consumer.close()
        assert record is not None and record.error() is None, record and record.error()
        read[kind] = to_json(deserialize(record.value(), context))
        if kind in ask["values"]:
            theirs[kind] = to_json(deserialize(bytes.fromhex(ask["values"][kind]), context))
    json.dump({"written": written, "read": read, "theirs": theirs}, sys.stdout)


main()
