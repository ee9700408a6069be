"""Two clients of the v2 API that others wrote, in one story each: nlp-kafka-rest-api sends and
reads back; pymapr-kafkarest reads, seeks and is told that its instance is there already. What they
found is printed as JSON.

    rest_clients.py URL TOPIC
"""

import json
import logging
import sys

import requests

url, topic = sys.argv[1:]
found = {}


def nlp_kafka_rest_api():
    from kafka_rest.kafka_rest import Consumer, Producer

    producer = Producer(kafka_rest_api_url=url, topic_id=f"{topic}-response")
    keys = producer.produce([{"n": n} for n in range(20)], "/here", [f"k{n}" for n in range(20)])
    found["sent"] = keys
    with Consumer(kafka_rest_api_url=url, topic_id=topic, consumer_group="nlp", instance="a") as one:
        records = []
        for some, _ in one.consume(keys, 0):
            records.extend(some)
        found["read"] = sorted(records, key=lambda record: record["value"]["payload"]["n"])
    try:
        one.consume_earliest()
    except requests.HTTPError as refused:
        found["after delete"] = refused.response.status_code
    nowhere = Producer(kafka_rest_api_url=url, topic_id="nowhere")
    try:
        nowhere.produce([1], "/here")
    except requests.HTTPError as refused:
        found["sent nowhere"] = [refused.response.status_code, refused.response.json()["error_code"]]


def pymapr_kafkarest():
    from pymapr_kafkarest.kafkarest import MaprKlient

    def client():
        name = f"{topic}-response"
        return MaprKlient(f"{url}/", "mapr", headers={}, topics=[name], instance="b")

    def read(one, count, **place):
        values = [record["value"]["payload"]["n"] for record in one.consume(**place)]
        while len(values) < count:
            values.extend(record["value"]["payload"]["n"] for record in one.consume())
        return values

    one = client()
    one.connect()
    one.subscribe()
    found["subscribed"] = one._subscription_topics()
    found["consumed"] = sorted(read(one, 20))
    found["from 15"] = read(one, 5, position=15)
    found["from the beginning"] = len(read(one, 20, seek=True))
    # Is told that there is an instance of its name, ends it, and makes it anew.
    client().connect(clear=True)
    again = client()
    found["after that"] = again._subscription_topics()
    again._instance_delete()
    found["deleted"] = again._subscription_topics()


nlp_kafka_rest_api()
pymapr_kafkarest()
logging.disable()
json.dump(found, sys.stdout)
