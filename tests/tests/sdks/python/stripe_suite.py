"""Stripe's Python SDK, unmodified, against the simulator. The argument describes where it is and with which keys.

What takes time is asked for by a line, `{"advance_secs": 5}`, and has happened when a line comes back.
"""

import io
import json
import sys
import urllib.error
import urllib.request

import stripe
from stripe import StripeClient

from webhooks import Receiver

world = json.loads(sys.argv[1])


def client(key, base=None, **options):
    base = base or world["base"]
    return StripeClient(key, base_addresses={"api": base, "files": base}, **options)


def ask(wish):
    print(json.dumps(wish), flush=True)
    return json.loads(sys.stdin.readline())


def advance(secs):
    ask({"advance_secs": secs})


def refused(error, call):
    try:
        call()
    except error as raised:
        # A subclass would be another answer to the application.
        assert type(raised) is error, repr(raised)
        return raised
    raise AssertionError(f"no {error.__name__}")


ours = client(world["api_key"], max_network_retries=0)
restricted = client(world["restricted_key"], max_network_retries=0)
sessions = ours.v1.identity.verification_sessions
DOCUMENT = {"type": "document", "options": {"document": {"allowed_types": ["passport", "id_card"], "require_matching_selfie": True}}}


def create(**params):
    return sessions.create({**DOCUMENT, **params})


def sessions_are_made_read_changed_and_ended():
    made = create(
        client_reference_id="subject-1",
        metadata={"order": "7"},
        provided_details={"email": "jane@example.com", "phone": "+12025550100"},
        return_url="https://app.example.org/back",
        expand=["provided_details"],
    )
    assert made.status == "requires_input" and made.type == "document" and not made.livemode
    assert made.options.document.allowed_types == ["passport", "id_card"]
    assert made.provided_details.email == "jane@example.com"
    assert made.url.startswith(world["base"] + "/start/test_")
    assert made.client_secret.startswith(made.id + "_secret_test_")
    assert made.last_response.headers["Request-Id"].startswith("req_")
    read = sessions.retrieve(made.id)
    assert read.url != made.url and read.metadata["order"] == "7"
    changed = sessions.update(made.id, {"metadata": {"order": "", "more": "x"}, "type": "id_number"})
    assert changed.metadata.to_dict() == {"more": "x"} and changed.type == "id_number"
    canceled = sessions.cancel(made.id)
    assert canceled.status == "canceled" and canceled.url is None
    again = refused(stripe.InvalidRequestError, lambda: sessions.cancel(made.id))
    assert again.http_status == 400
    redacted = sessions.redact(made.id)
    assert redacted.redaction.status == "processing" and redacted.metadata.to_dict() == {}
    advance(60)
    assert sessions.retrieve(made.id).redaction.status == "redacted"
    refused(stripe.InvalidRequestError, lambda: sessions.update(made.id, {"metadata": {"a": "b"}}))


def lists_are_walked_page_by_page():
    ids = [create(client_reference_id="paged").id for _ in range(7)][::-1]
    first = sessions.list({"client_reference_id": "paged", "limit": 3})
    assert [session.id for session in first.data] == ids[:3] and first.has_more
    assert [session.id for session in first.auto_paging_iter()] == ids
    last = sessions.list({"client_reference_id": "paged", "limit": 3, "ending_before": ids[2]})
    assert [session.id for session in last.data] == ids[:2]
    created = sessions.retrieve(ids[0]).created
    assert sessions.list({"client_reference_id": "paged", "created": {"gt": created}}).data == []
    canceled = sessions.cancel(ids[3])
    found = sessions.list({"client_reference_id": "paged", "status": "canceled"})
    assert [session.id for session in found.data] == [canceled.id]


def a_key_makes_one_session():
    options = {"idempotency_key": "one-session"}
    first = sessions.create(DOCUMENT, options)
    again = sessions.create(DOCUMENT, options)
    assert again.id == first.id and again.last_response.headers["Idempotent-Replayed"] == "true"
    other = refused(stripe.IdempotencyError, lambda: sessions.create({"type": "id_number"}, options))
    assert other.http_status == 400
    busy = {"idempotency_key": "in-use-python"}
    # For 409 this SDK has no class of its own.
    under_way = refused(stripe.APIError, lambda: sessions.create(DOCUMENT, busy))
    assert under_way.http_status == 409 and under_way.error.code == "idempotency_key_in_use"


def what_can_be_tried_again_is():
    stubborn = client(world["api_key"], max_network_retries=2).v1.identity.verification_sessions
    for key in ["in-use-python-2", "locked-python"]:
        assert stubborn.create(DOCUMENT, {"idempotency_key": key}).status == "requires_input"
    # The call after the step is carried out and answered with 500: the same key finds what was made.
    create(metadata={"scenario": "trouble"})
    advance(5)
    made = stubborn.create({**DOCUMENT, "client_reference_id": "troubled"})
    assert made.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(sessions.list({"client_reference_id": "troubled"}).data) == 1


def each_refusal_has_its_class():
    nobody = client("sk_test_of_nobody", max_network_retries=0)
    wrong = refused(stripe.AuthenticationError, lambda: nobody.v1.identity.verification_sessions.list())
    assert wrong.http_status == 401 and "nobody" not in str(wrong)
    expired = client(world["expired_key"], max_network_retries=0)
    expired = refused(stripe.AuthenticationError, lambda: expired.v1.events.list())
    assert expired.error.code == "api_key_expired"
    reader = client(world["read_only_key"], max_network_retries=0)
    reader.v1.identity.verification_sessions.list()
    forbidden = refused(stripe.PermissionError, lambda: reader.v1.identity.verification_sessions.create(DOCUMENT))
    assert forbidden.http_status == 403
    missing = refused(stripe.InvalidRequestError, lambda: sessions.retrieve("vs_0"))
    assert (missing.http_status, missing.code, missing.param) == (404, "resource_missing", "session")
    for params, code, param in [
        ({}, "parameter_missing", "type"),
        ({"type": "selfie"}, None, "type"),
        ({**DOCUMENT, "colour": "blue"}, "parameter_unknown", "colour"),
        ({**DOCUMENT, "return_url": "nowhere"}, "url_invalid", "return_url"),
    ]:
        invalid = refused(stripe.InvalidRequestError, lambda: sessions.create(params))
        assert (invalid.http_status, invalid.code, invalid.param) == (400, code, param), invalid
    limited = client(world["api_key"], base=world["limited_base"], max_network_retries=0)

    def call_often():
        for _ in range(26):
            limited.v1.identity.verification_sessions.list()

    often = refused(stripe.RateLimitError, call_often)
    assert often.http_status == 429 and often.headers["Stripe-Rate-Limited-Reason"] == "global-rate"


def results_are_told_to_whom_they_may_be():
    made = create(metadata={"scenario": "verified"})
    advance(10)
    expand = ["verified_outputs.dob", "verified_outputs.id_number", "last_verification_report.document.number"]
    told = restricted.v1.identity.verification_sessions.retrieve(made.id, {"expand": expand})
    assert told.status == "verified" and told.verified_outputs.dob.year > 1900
    report = told.last_verification_report
    assert report.document.number and report.selfie.status == "verified"
    assert not hasattr(sessions.retrieve(made.id, {"expand": expand}).verified_outputs, "dob")
    reports = ours.v1.identity.verification_reports
    assert reports.retrieve(report.id).document.issuing_country == report.document.issuing_country
    assert [found.id for found in reports.list({"verification_session": made.id}).data] == [report.id]

    picture = report.document.files[0]
    assert ours.v1.files.retrieve(picture).purpose == "identity_document_downloadable"
    assert len(ours.v1.files.list({"purpose": "selfie"}).data) >= 1
    expires = ask({"now": True}) + 25
    link = restricted.v1.file_links.create({"file": picture, "expires_at": expires})
    with urllib.request.urlopen(link.url) as answer:
        assert answer.read().startswith(b"\x89PNG")
    refused(stripe.PermissionError, lambda: ours.v1.file_links.create({"file": picture, "expires_at": expires}))
    refused(stripe.InvalidRequestError, lambda: restricted.v1.file_links.create({"file": picture}))
    advance(30)
    assert ours.v1.file_links.retrieve(link.id).expired
    try:
        urllib.request.urlopen(link.url)
        raise AssertionError("the link is still there")
    except urllib.error.HTTPError as error:
        assert error.code == 404
    content = io.BytesIO(b"a document of ours")
    content.name = "ours.pdf"
    handed_in = ours.v1.files.create({"purpose": "dispute_evidence", "file": content})
    assert handed_in.size == 18 and handed_in.type == "pdf"
    link = ours.v1.file_links.create({"file": handed_in.id})
    assert ours.v1.file_links.update(link.id, {"expires_at": "now"}).expired


def a_stale_webhook_is_refused():
    """At the beginning the vendor's clock is behind, by more than a verifier puts up with."""
    with Receiver() as receiver:
        endpoint = ours.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
        create()
        advance(0)
        webhook = receiver.next()
        signature = webhook.headers["Stripe-Signature"]
        stale = refused(
            stripe.SignatureVerificationError,
            lambda: ours.construct_event(webhook.body, signature, endpoint.secret),
        )
        assert "tolerance" in str(stale)
        event = ours.construct_event(webhook.body, signature, endpoint.secret, tolerance=10_000)
        assert event.type == "identity.verification_session.created"
        assert ours.v1.webhook_endpoints.delete(endpoint.id).deleted
    advance(world["behind_secs"])


def webhooks_verify_unless_they_are_forged():
    endpoints = ours.v1.webhook_endpoints
    with Receiver() as receiver:
        endpoint = endpoints.create({"url": receiver.url, "enabled_events": ["*"], "description": "ours"})
        assert endpoint.secret.startswith("whsec_") and endpoint.status == "enabled"
        assert not hasattr(endpoints.retrieve(endpoint.id), "secret")
        session = create(metadata={"scenario": "shady"})
        advance(10)
        seen, refusals = [], 0
        for _ in range(4):
            webhook = receiver.next()
            signature = webhook.headers["Stripe-Signature"]
            try:
                event = ours.construct_event(webhook.body, signature, endpoint.secret)
            except stripe.SignatureVerificationError:
                refusals += 1
                continue
            seen.append(event.type.rsplit(".", 1)[1])
            assert event.data.object.id == session.id
            good = (webhook.body, signature, endpoint.secret)
        # One came with another body first, and one under another key only.
        assert (sorted(seen), refusals) == (["created", "processing"], 2)
        body, signature, secret = good
        for wrong in [(body + b" ", signature, secret), (body, signature, "whsec_of_nobody"), (body, "t=1", secret)]:
            refused(stripe.SignatureVerificationError, lambda: ours.construct_event(*wrong))
        assert endpoints.update(endpoint.id, {"disabled": True}).status == "disabled"
        assert [found.id for found in endpoints.list().data] == [endpoint.id]
        endpoints.delete(endpoint.id)
        refused(stripe.InvalidRequestError, lambda: endpoints.retrieve(endpoint.id))


def what_did_not_arrive_is_listed():
    with Receiver(answers=[500]) as receiver:
        endpoint = ours.v1.webhook_endpoints.create(
            {"url": receiver.url, "enabled_events": ["identity.verification_session.created"]}
        )
        session = create()
        advance(0)
        receiver.next()
        missed = ours.v1.events.list({"delivery_success": False, "type": "identity.verification_session.*"})
        assert [event.data.object.id for event in missed.data] == [session.id]
        event = ours.v1.events.retrieve(missed.data[0].id)
        assert event.pending_webhooks == 1 and event.type == "identity.verification_session.created"
        ours.v1.webhook_endpoints.delete(endpoint.id)


def thin_events_lead_to_the_session():
    with Receiver() as receiver:
        ask({"thin": receiver.url})
        session = create()
        advance(0)
        webhook = receiver.next()
        signature, secret = webhook.headers["Stripe-Signature"], world["thin_secret"]
        notification = ours.parse_event_notification(webhook.body, signature, secret)
        assert notification.type == "v1.identity.verification_session.created"
        assert notification.fetch_related_object().id == session.id
        assert notification.fetch_event().id == notification.id
        # A snapshot's verifier does not take it.
        refused(ValueError, lambda: ours.construct_event(webhook.body, signature, secret))


a_stale_webhook_is_refused()
sessions_are_made_read_changed_and_ended()
lists_are_walked_page_by_page()
a_key_makes_one_session()
what_can_be_tried_again_is()
each_refusal_has_its_class()
results_are_told_to_whom_they_may_be()
webhooks_verify_unless_they_are_forged()
what_did_not_arrive_is_listed()
thin_events_lead_to_the_session()
print(json.dumps({"done": True}), flush=True)
