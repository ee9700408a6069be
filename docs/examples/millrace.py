"""Sends events to Millrace, and receives them, with Python's standard library alone.

    millrace = Millrace("http://localhost:8082", source="/shop/till")
    millrace.send("orders", {"order_id": 9, "item": "tea", "price": 3.5}, key="tea")
    millrace.close()

It is what docs/client.md says that a client is: a queue, a loop and two requests.
"""
import contextlib, http.client, json, random, threading, time, urllib.error, urllib.parse, urllib.request, uuid
from collections import deque, namedtuple
from concurrent.futures import Future
from datetime import datetime, timezone

AGAIN, DROP, UNREADABLE, FORGOTTEN = {50003, 503, 429}, {42203, 42206}, 50002, 40403
V2, BATCH = "application/vnd.kafka.v2+json", "application/cloudevents-batch+json"


def call(method, url, body, headers):
    """An answer's status, headers and JSON; status 0 and None where there was none that can be read."""
    request = urllib.request.Request(url, body and body.encode(), headers, method=method)
    try:
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else {}
    except (OSError, ValueError, http.client.HTTPException):
        return 0, {}, None


def backoff(failures):
    return min(30, 0.1 * 2 ** (failures - 1)) * random.uniform(0.5, 1)


Event = namedtuple("Event", "id topic text future until")


class Millrace:
    def __init__(self, url, source, headers=(), asynchronous=False, batch=500, queue=10_000, within=86_400):
        """`asynchronous`: events count as sent once they are on the gateway's disk, on their way to the log."""
        self.url, self.source, self.headers, self.batch_max, self.queue_max = url, source, dict(headers), batch, queue
        self.events_url, self.within = url + ("/events?async" if asynchronous else "/events"), within
        self.counts = dict(taken=0, sent=0, dropped=0, failed=0, retried=0)
        self.changed, self.queue, self.waiting = threading.Condition(), deque(), 0
        self.hurry = self.closed = False
        threading.Thread(target=self._run, daemon=True).start()

    def send(self, topic, data, key=None, **attributes):
        """A Future of a dict, whose `status` is sent, dropped or failed. Raises where `data` is no JSON."""
        event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": self.source, "type": topic, "topic": topic,
                 "time": datetime.now(timezone.utc).isoformat(), **attributes, "data": data}
        if key is not None:
            event["partitionkey"] = key
        # Written once, with its id, however often it is sent.
        event = Event(event["id"], topic, json.dumps(event), Future(), time.time() + self.within)
        with self.changed:
            self.waiting += 1
            self.counts["taken"] += 1
            if self.closed or self.waiting > self.queue_max:
                self._settle(event, "failed", reason="closed" if self.closed else "the queue is full")
            else:
                self.queue.append(event)
                self.changed.notify_all()
        return event.future

    def flush(self, timeout=None):
        """Sends at once; whether all is settled then."""
        with self.changed:
            self.hurry = True
            self.changed.notify_all()
            return self.changed.wait_for(lambda: self.waiting == 0, timeout)

    def close(self, timeout=5):
        self.flush(timeout)
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def receive(self, topic, group, start="earliest"):
        """Yields a topic's records; one counts as handled when the next is asked for."""
        group_url, place, handled, failures = f"{self.url}/consumers/{urllib.parse.quote(group, '')}", None, {}, 0
        offsets = lambda: {"offsets": [{"topic": topic, "partition": p, "offset": o} for p, o in handled.items()]}
        try:
            while True:
                try:
                    if place is None:
                        settings = {"format": "json", "auto.offset.reset": start, "auto.commit.enable": "false"}
                        made = f"{group_url}/instances/{self._ask('POST', group_url, settings)['instance_id']}"
                        self._ask("POST", made + "/subscription", {"topics": [topic]})
                        place = made
                    if handled:
                        self._ask("POST", place + "/offsets", offsets())
                        handled.clear()
                    records, failures = self._ask("GET", place + "/records?timeout=5000&headers=true"), 0
                except Refused as refusal:
                    if refusal.code == FORGOTTEN:
                        place, handled = None, {}
                    elif not refusal.may_pass:
                        raise
                    failures += 1
                    time.sleep(backoff(failures))
                    continue
                for record in records:
                    yield record
                    handled[record["partition"]] = record["offset"]
        finally:
            with contextlib.suppress(Refused):
                if place and handled:
                    self._ask("POST", place + "/offsets", offsets())
                if place:
                    self._ask("DELETE", place)

    def _ask(self, method, url, body=None):
        accept = "application/vnd.kafka.json.v2+json" if method == "GET" else V2
        headers = {**self.headers, "content-type": V2, "accept": accept}
        status, _, answer = call(method, url, body and json.dumps(body), headers)
        if 200 <= status < 300:
            return answer
        code = answer.get("error_code", status) if isinstance(answer, dict) else status
        raise Refused(code, status in (0, 408, 429) or (status >= 500 and code != UNREADABLE), answer)

    def _settle(self, event, status, **said):
        self.counts[status] += 1
        self.waiting -= 1
        event.future.set_result({"status": status, "id": event.id, "topic": event.topic, **said})

    def _run(self):
        size, failures = self.batch_max, 0
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.queue or self.closed)
                if self.closed:
                    return
                self.changed.wait_for(lambda: len(self.queue) >= size or self.hurry or self.closed, 0.02)
                self.hurry = False
                batch = [self.queue.popleft() for _ in range(min(size, len(self.queue)))]
            headers = {**self.headers, "content-type": BATCH}
            body = f"[{','.join(event.text for event in batch)}]"
            status, answered, body = call("POST", self.events_url, body, headers)
            with self.changed:
                again = self._outcomes(batch, status, body)
                self.queue.extendleft(reversed(again))
                size = len(batch) // 2 if status == 413 and again else self.batch_max
                failures = failures + 1 if again else 0
                self.changed.notify_all()
                if again and status != 413:
                    wait = float(answered.get("retry-after") or backoff(failures))
                    self.changed.wait_for(lambda: self.closed, wait)

    def _outcomes(self, batch, status, body):
        """Settles the events that can be; gives the others, to be sent again."""
        entries = body.get("events") if isinstance(body, dict) else None
        whole = {"error_code": status or 503, "error": body.get("message") if isinstance(body, dict) else "no answer"}
        passes = body is None or status in (408, 425, 429) or status >= 500 or (status == 413 and len(batch) > 1)
        again = []
        for at, event in enumerate(batch):
            told = entries[at] if entries else whole
            code = told["error_code"]
            if entries and code is None:
                self._settle(event, "sent", partition=told["partition"], offset=told.get("offset"))
            elif (code in AGAIN if entries else passes) and time.time() < event.until:
                self.counts["retried"] += 1
                again.append(event)
            else:
                reason = told.get("reason") or told["error"]
                outcome = "dropped" if code in DROP else "failed"
                self._settle(event, outcome, reason=reason, field=told.get("field"))
        return again


class Refused(Exception):
    def __init__(self, code, may_pass, answer):
        super().__init__(f"The gateway refused ({code}): {answer}")
        self.code, self.may_pass = code, may_pass
