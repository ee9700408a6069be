"""Told by one JSON object on stdin what to send and to receive with the client in the folder that
is named on the command line; writes one with what became of it."""
import json
import sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from millrace import Millrace, Refused

ask = json.load(sys.stdin)
client = Millrace(ask["url"], "/python", **ask.get("options", {}))
futures = [client.send(topic, data, key) for topic, data, key in ask.get("events", [])]
outcomes = [future.result(60) for future in futures]
received, refused = [], None
if "receive" in ask:
    topic, group, count = ask["receive"]
    try:
        for record in client.receive(topic, group):
            received.append(record)
            if len(received) == count:
                break
    except Refused as refusal:
        refused = refusal.code
client.close()
late = client.send("orders", {}).result(1)
result = {"outcomes": outcomes, "received": received, "refused": refused, "late": late}
json.dump({**result, "counts": client.counts}, sys.stdout)
