"""Plaid's Python SDK against a simulator, as an application would use it. Arguments: the address of an environment, of one
that counts calls, of one in which the product is not enabled; the client's id and secret.

The test moves the simulator's time: `advance(secs)`. It alone may also turn the environment's key.
"""

import inspect
import json
import sys
import urllib.error
import urllib.request
from datetime import date
from hashlib import sha256
from hmac import compare_digest

import jwt
import plaid
from plaid.api import plaid_api
from plaid.model.country_code import CountryCode
from plaid.model.identity_verification_autofill_create_request import IdentityVerificationAutofillCreateRequest
from plaid.model.identity_verification_create_request import IdentityVerificationCreateRequest
from plaid.model.identity_verification_create_request_user import IdentityVerificationCreateRequestUser
from plaid.model.identity_verification_get_request import IdentityVerificationGetRequest
from plaid.model.identity_verification_list_request import IdentityVerificationListRequest
from plaid.model.identity_verification_request_user_name import IdentityVerificationRequestUserName
from plaid.model.identity_verification_retry_request import IdentityVerificationRetryRequest
from plaid.model.id_number_type import IDNumberType
from plaid.model.kyc_check_id_number_summary import KYCCheckIDNumberSummary
from plaid.model.link_token_create_hosted_link import LinkTokenCreateHostedLink
from plaid.model.link_token_create_request import LinkTokenCreateRequest
from plaid.model.link_token_create_request_identity_verification import LinkTokenCreateRequestIdentityVerification
from plaid.model.link_token_create_request_user import LinkTokenCreateRequestUser
from plaid.model.products import Products
from plaid.model.risk_check_email import RiskCheckEmail
from plaid.model.strategy import Strategy
from plaid.model.user_address import UserAddress
from plaid.model.user_create_request import UserCreateRequest
from plaid.model.user_id_number import UserIDNumber
from plaid.model.watchlist_screening_individual_get_request import WatchlistScreeningIndividualGetRequest
from plaid.model.watchlist_screening_individual_hit_list_request import WatchlistScreeningIndividualHitListRequest
from plaid.model.watchlist_screening_individual_update_request import WatchlistScreeningIndividualUpdateRequest
from plaid.model.watchlist_screening_status import WatchlistScreeningStatus
from plaid.model.webhook_verification_key_get_request import WebhookVerificationKeyGetRequest

from webhooks import Receiver

BASE, COUNTING, NOT_ENABLED, CLIENT_ID, SECRET = sys.argv[1:]
TEMPLATE, BACKEND = "idvtmp_simulated", "idvtmp_simulated_backend"
NOW = 0

LESLIE = {
    "email_address": "leslie@example.com",
    "phone_number": "+12345678909",
    "date_of_birth": date(1975, 1, 18),
    "name": {"given_name": "Leslie", "family_name": "Knope"},
    "address": {"street": "123 Main St.", "city": "Pawnee", "region": "IN", "postal_code": "46001", "country": "US"},
    "id_number": {"value": "123456788", "type": "us_ssn"},
}


def ask_test(**what):
    """Has the test do something; the simulator's time afterwards."""
    global NOW
    print(json.dumps(what), flush=True)
    NOW = json.loads(input())["now_unix_secs"]


def advance(secs):
    ask_test(advance_secs=secs)


def client(base=BASE, secret=SECRET):
    keys = {"clientId": CLIENT_ID, "secret": secret, "plaidVersion": "2020-09-14"}
    return plaid_api.PlaidApi(plaid.ApiClient(plaid.Configuration(host=base, api_key=keys)))


API = client()


def user(**members):
    """A person as the SDK takes one."""
    name, address, number = members["name"], members["address"], members["id_number"]
    return IdentityVerificationCreateRequestUser(
        **{
            **members,
            "name": IdentityVerificationRequestUserName(**name),
            "address": UserAddress(**address),
            "id_number": UserIDNumber(value=number["value"], type=IDNumberType(number["type"])),
        }
    )


def create(client_user_id, api=None, **more):
    members = {"template_id": TEMPLATE, "is_shareable": True, "gave_consent": False, "client_user_id": client_user_id}
    return (api or API).identity_verification_create(IdentityVerificationCreateRequest(**{**members, **more}))


def read(attempt_id):
    return API.identity_verification_get(IdentityVerificationGetRequest(identity_verification_id=attempt_id))


def retry(client_user_id, strategy, **more):
    request = IdentityVerificationRetryRequest(
        client_user_id=client_user_id, template_id=TEMPLATE, strategy=Strategy(strategy), **more
    )
    return API.identity_verification_retry(request)


def refused(status, error_type, error_code, act):
    try:
        act()
    except plaid.ApiException as error:
        body = json.loads(error.body)
        assert (error.status, body["error_type"], body["error_code"]) == (status, error_type, error_code), error
        assert body["request_id"] and body["display_message"] is None
        return body
    raise AssertionError(f"{error_code} was expected")


def verified(webhook, now=None):
    """As the vendor's page has it: the token's key by its id, its signature, its age, and the digest of the body."""
    token = webhook.headers["Plaid-Verification"]
    head = jwt.get_unverified_header(token)
    assert head == {"alg": "ES256", "kid": head["kid"], "typ": "JWT"}
    key = API.webhook_verification_key_get(WebhookVerificationKeyGetRequest(key_id=head["kid"])).key
    jwk = jwt.PyJWK(key.to_dict(), algorithm="ES256")
    # The age is that on the simulator's clock.
    claims = jwt.decode(token, jwk.key, algorithms=["ES256"], options={"verify_iat": False})
    if (now or NOW) - claims["iat"] > 300:
        raise jwt.InvalidTokenError("stale")
    if not compare_digest(sha256(webhook.body).hexdigest(), claims["request_body_sha256"]):
        raise jwt.InvalidTokenError("another body")
    return json.loads(webhook.body)


def arrived(receiver, count):
    return [receiver.next() for _ in range(count)]


def credentials_and_faults():
    refused(400, "INVALID_INPUT", "INVALID_API_KEYS", lambda: create("python-1", client(secret="another")))
    refused(400, "INVALID_INPUT", "INVALID_PRODUCT", lambda: create("python-1", client(NOT_ENABLED)))
    refused(400, "INVALID_REQUEST", "INVALID_FIELD", lambda: create("python-1", template_id="idvtmp_0"))
    refused(400, "INVALID_REQUEST", "INVALID_FIELD", lambda: create("somebody@example.org"))
    refused(400, "INVALID_REQUEST", "INVALID_FIELD", lambda: read("idv_0"))
    wrong = {**LESLIE, "phone_number": "234-567-8909"}
    said = refused(400, "INVALID_REQUEST", "INVALID_FIELD", lambda: create("python-1", user=user(**wrong)))
    assert "phone_number" in said["error_message"] and "8909" not in said["error_message"]
    ask = WebhookVerificationKeyGetRequest(key_id="bfbd5111-8e33-4643-8ced-b2e642a72f3c")
    refused(400, "INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID", lambda: API.webhook_verification_key_get(ask))


def newer_than_the_description():
    """What the simulator answers beyond the vendor's description: the SDK takes nothing less."""
    assert "ssa_verification" in inspect.signature(KYCCheckIDNumberSummary._from_openapi_data).parameters
    assert "name" in inspect.signature(RiskCheckEmail._from_openapi_data).parameters


def get_or_create(receiver):
    first = create("python-leslie", gave_consent=True, user=user(**LESLIE))
    assert first.status.value == "active" and first.steps.accept_tos.value == "skipped"
    assert first.user.date_of_birth == date(1975, 1, 18) and first.shareable_url.startswith(BASE)
    refused(400, "INVALID_REQUEST", "INVALID_FIELD", lambda: create("python-leslie"))
    again = create("python-leslie", is_idempotent=True)
    assert again.id == first.id and again.user.name.given_name == "Leslie"
    assert read(first.id).id == first.id and again.request_id != first.request_id
    filled = API.identity_verification_autofill_create(
        IdentityVerificationAutofillCreateRequest(identity_verification_id=first.id)
    )
    assert filled.status.value == "success" and filled.user.address.city == "Pawnee"


def backend_flow(receiver):
    """Nobody is in front of a screen: the sandbox judges by the data alone."""
    ours = create("python-backend", template_id=BACKEND, is_shareable=False, gave_consent=True, user=user(**LESLIE))
    other = {**LESLIE, "name": {"given_name": "Ann", "family_name": "Perkins"}}
    theirs = create("python-other", template_id=BACKEND, is_shareable=False, gave_consent=True, user=user(**other))
    assert ours.shareable_url is None
    advance(10)
    assert read(ours.id).status.value == "success"
    failed = read(theirs.id)
    assert failed.status.value == "failed" and failed.kyc_check.name.summary.value == "no_match"
    for webhook in arrived(receiver, 5):
        assert verified(webhook)["environment"] == "sandbox"


def a_person_passes(receiver):
    attempt = create("python-2+passed")
    advance(60)
    told = [verified(webhook) for webhook in arrived(receiver, 9)]
    assert {one["identity_verification_id"] for one in told} == {attempt.id}
    assert [one["webhook_code"] for one in told].count("STATUS_UPDATED") == 1
    passed = read(attempt.id)
    assert passed.status.value == "success" and passed.completed_at > passed.created_at
    document = passed.documentary_verification.documents[0]
    assert document.status.value == "success" and document.extracted_data.category.value == "drivers_license"
    assert passed.selfie_check.selfies[0].analysis.liveness_check.value == "success"
    assert passed.verify_sms.verifications[0].solve_attempt_count == 1
    with urllib.request.urlopen(document.images.original_front) as picture:
        assert picture.headers["Content-Type"] == "image/png" and picture.read().startswith(b"\x89PNG")
    advance(61)
    try:
        urllib.request.urlopen(document.images.original_front)
        raise AssertionError("it was valid for a minute")
    except urllib.error.HTTPError as error:
        assert error.code == 403
    screening = WatchlistScreeningIndividualGetRequest(watchlist_screening_id=passed.watchlist_screening_id)
    assert API.watchlist_screening_individual_get(screening).status.value == "cleared"


def retries_and_lists(receiver):
    first = create("python-3+document-expired.passed")
    advance(60)
    assert read(first.id).documentary_verification.documents[0].analysis.extracted_data.expiration_date.value == "expired"
    arrived(receiver, 6)
    refused(400, "INVALID_REQUEST", "INVALID_FIELD", lambda: retry("python-nobody", "reset"))
    second = retry("python-3+document-expired.passed", "incomplete")
    assert second.previous_attempt_id == first.id and second.steps.kyc_check.value == "skipped"
    advance(1)
    assert verified(receiver.next())["webhook_code"] == "RETRIED"
    refused(
        400, "INVALID_REQUEST", "INVALID_FIELD", lambda: retry("python-3+document-expired.passed", "infer")
    )
    advance(60)
    assert read(second.id).status.value == "success"
    # What was skipped is not done again: a document, a selfie, the lists and the risk; the opening and the verdict.
    arrived(receiver, 6)
    third = retry("python-3+document-expired.passed", "reset")
    advance(60)
    arrived(receiver, 10)
    ids, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = API.identity_verification_list(
            IdentityVerificationListRequest(
                template_id=TEMPLATE, client_user_id="python-3+document-expired.passed", **more
            )
        )
        ids += [item.id for item in page.identity_verifications]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert ids == [third.id, second.id, first.id], ids


def reviews_and_overrides(receiver):
    attempt = create("python-4+in-review")
    advance(60)
    arrived(receiver, 9)
    waiting = read(attempt.id)
    assert waiting.status.value == "pending_review" and waiting.completed_at is None
    screening_id = waiting.watchlist_screening_id
    hits = API.watchlist_screening_individual_hit_list(
        WatchlistScreeningIndividualHitListRequest(watchlist_screening_id=screening_id)
    )
    assert hits.watchlist_screening_hits[0].review_status.value == "pending_review"
    decided = API.watchlist_screening_individual_update(
        WatchlistScreeningIndividualUpdateRequest(
            watchlist_screening_id=screening_id, status=WatchlistScreeningStatus("rejected")
        )
    )
    assert decided.audit_trail.source.value == "api"
    assert read(attempt.id).status.value == "failed"
    advance(1)
    types = [verified(webhook)["webhook_type"] for webhook in arrived(receiver, 3)]
    assert sorted(types) == ["IDENTITY_VERIFICATION", "IDENTITY_VERIFICATION", "SCREENING"]
    attempt = create("python-5+failed-then-approved")
    advance(3600)
    arrived(receiver, 8)
    assert read(attempt.id).steps.documentary_verification.value == "manually_approved"
    assert read(attempt.id).status.value == "success"


def ends(receiver):
    attempt = create("python-6+canceled")
    advance(60)
    arrived(receiver, 4)
    assert read(attempt.id).status.value == "canceled"
    attempt = create("python-7+redacted-silently")
    advance(7200)
    arrived(receiver, 9)
    redacted = read(attempt.id)
    assert redacted.redacted_at is not None and redacted.user.name is None
    assert redacted.documentary_verification.documents[0].images.face is None


def tokens_and_users(receiver):
    token = API.link_token_create(
        LinkTokenCreateRequest(
            client_name="Pawnee Parks",
            language="en",
            country_codes=[CountryCode("US")],
            products=[Products("identity_verification")],
            user=LinkTokenCreateRequestUser(client_user_id="python-8"),
            identity_verification=LinkTokenCreateRequestIdentityVerification(template_id=TEMPLATE),
            hosted_link=LinkTokenCreateHostedLink(),
        )
    )
    assert token.link_token.startswith("link-sandbox-")
    with urllib.request.urlopen(token.hosted_link_url) as page:
        assert b"Plaid Identity Verification" in page.read()
    advance(1)
    assert verified(receiver.next())["webhook_code"] == "STEP_UPDATED"
    made = API.user_create(UserCreateRequest(client_user_id="python-9"))
    assert API.user_create(UserCreateRequest(client_user_id="python-9")).user_id == made.user_id
    attempt = API.identity_verification_create(
        IdentityVerificationCreateRequest(
            template_id=TEMPLATE, is_shareable=False, gave_consent=False, user_id=made.user_id
        )
    )
    assert (attempt.client_user_id, attempt.user_id) == ("python-9", made.user_id)


def webhooks_of_others(receiver):
    for fate, wrong in [("forged", "another body"), ("wrong-key", "Signature verification failed")]:
        attempt = create(f"python-10+webhooks-{fate}")
        advance(60)
        webhooks = arrived(receiver, 10 if fate == "forged" else 9)
        told, refusals = [], []
        for webhook in webhooks:
            try:
                told.append(verified(webhook)["webhook_code"])
            except jwt.InvalidTokenError as error:
                refusals.append(str(error))
        assert refusals == [wrong], (fate, refusals)
        assert told.count("STATUS_UPDATED") == (1 if fate == "forged" else 0)
        assert read(attempt.id).status.value == "success"
    try:
        verified(webhooks[0], now=NOW + 301)
        raise AssertionError("it is stale")
    except jwt.InvalidTokenError as error:
        assert str(error) == "stale"


def a_key_is_turned(receiver):
    old = jwt.get_unverified_header(_token_of(receiver, "python-11+canceled"))["kid"]
    ask_test(turn_key=True)
    new = jwt.get_unverified_header(_token_of(receiver, "python-12+canceled"))["kid"]
    assert old != new
    key = API.webhook_verification_key_get(WebhookVerificationKeyGetRequest(key_id=old)).key
    assert key.expired_at == NOW - 60
    assert API.webhook_verification_key_get(WebhookVerificationKeyGetRequest(key_id=new)).key.expired_at is None


def _token_of(receiver, client_user_id):
    create(client_user_id)
    advance(60)
    webhooks = arrived(receiver, 4)
    assert all(verified(webhook) for webhook in webhooks)
    return webhooks[-1].headers["Plaid-Verification"]


def too_many_calls():
    counting = client(COUNTING)
    attempt = create("python-13", counting)
    ask = IdentityVerificationGetRequest(identity_verification_id=attempt.id)
    for _ in range(59):
        counting.identity_verification_get(ask)
    refused(429, "RATE_LIMIT_EXCEEDED", "RATE_LIMIT", lambda: counting.identity_verification_get(ask))


with Receiver() as receiver:
    ask_test(webhooks_to=receiver.url)
    credentials_and_faults()
    newer_than_the_description()
    get_or_create(receiver)
    backend_flow(receiver)
    a_person_passes(receiver)
    retries_and_lists(receiver)
    reviews_and_overrides(receiver)
    ends(receiver)
    tokens_and_users(receiver)
    webhooks_of_others(receiver)
    a_key_is_turned(receiver)
    too_many_calls()
    print(json.dumps({"done": True}), flush=True)
