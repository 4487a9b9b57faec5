"""Checks signed events with the public Standard Webhooks library, as an application does. Takes a file with a list of
{secret, headers, body} and prints for each null, or why it is refused."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def verdict(case):
    try:
        Webhook(case["secret"]).verify(case["body"], case["headers"])
    except WebhookVerificationError as error:
        return str(error)


with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps([verdict(case) for case in json.load(file)]))
