"""Receives two webhooks, the first of which it refuses once, and prints where it listens and what came."""

import json

from webhooks import Receiver

with Receiver(answers=[500, 200]) as receiver:
    print(json.dumps({"url": receiver.url}), flush=True)
    for _ in range(2):
        webhook = receiver.next()
        print(json.dumps({"signature": webhook.headers["X-Signature"], "body": webhook.body.decode()}), flush=True)
