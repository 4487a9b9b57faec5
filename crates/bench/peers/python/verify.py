"""Verifies webhooks with the vendors' own libraries, as often as it is told to, and says how long that took.

The first line it hears holds the deliveries; it answers what verifies each, or what is wrong. Each further line names
a delivery and how many times to verify it; it answers with the seconds.
"""

import json
import sys
import time
from importlib.metadata import version

import onfido
import stripe

FAR_AWAY_SECS = 1_000_000_000


def stripes(delivery):
    body, signature, secret = delivery["body"].encode(), delivery["signature"], delivery["secret"]
    return lambda: stripe.Webhook.construct_event(body, signature, secret, FAR_AWAY_SECS)


def onfidos(delivery):
    verifier, body, signature = onfido.WebhookEventVerifier(delivery["secret"]), delivery["body"], delivery["signature"]
    return lambda: verifier.read_payload(body, signature)


# Plaid's library has nothing that verifies, and its page leaves the token to whoever reads it.
MAKERS = {
    "stripe": (stripes, f"stripe {version('stripe')} in Python"),
    "onfido": (onfidos, f"onfido-python {version('onfido-python')} in Python"),
}


def prepared(delivery):
    if delivery["vendor"] not in MAKERS:
        return None, None
    make, name = MAKERS[delivery["vendor"]]
    try:
        verify = make(delivery)
        verify()
        return verify, {"name": name}
    except Exception as error:
        return None, {"name": name, "error": f"{type(error).__name__}: {error}"[:300]}


def secs(verify, times):
    began = time.perf_counter()
    for _ in range(times):
        verify()
    return time.perf_counter() - began


deliveries = [prepared(delivery) for delivery in json.loads(sys.stdin.readline())]
print(json.dumps([told for _, told in deliveries]), flush=True)
for line in sys.stdin:
    heard = json.loads(line)
    verify, _ = deliveries[heard["which"]]
    print(json.dumps({"secs": secs(verify, heard["times"])}), flush=True)
