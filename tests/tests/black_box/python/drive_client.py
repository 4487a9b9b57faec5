"""Drives one verification request from its making to its pass, through a client generated from the API's document.

The base URL is the argument, the API key is in IDV_API_KEY. In the middle it waits for a line on standard input:
that is when the vendor reports. The person in it does not exist.
"""

import datetime
import os
import sys

from idv_gateway_client import AuthenticatedClient
from idv_gateway_client.api.operation import get_readiness
from idv_gateway_client.api.verification_requests import (
    create_or_get_verification_request,
    get_verification_request,
    get_verification_timeline,
    list_verification_requests,
    renew_verification_link,
)
from idv_gateway_client.models import (
    NewVerificationRequest,
    Person,
    Problem,
    ProblemCode,
    StatusSummary,
    StatusType0,
    WaitingOn,
)


def main() -> None:
    client = AuthenticatedClient(base_url=sys.argv[1], token=os.environ["IDV_API_KEY"])
    assert get_readiness.sync_detailed(client=client).status_code == 200

    wanted = NewVerificationRequest(
        subject="user-1",
        organization="company-1",
        reason="onboarding_company",
        person=Person(given_name="Ada", family_name="Example", birthdate=datetime.date(1990, 3, 1)),
    )
    made = create_or_get_verification_request.sync_detailed(client=client, body=wanted)
    assert made.status_code == 201, made
    request = made.parsed
    assert request.status == StatusType0.AWAITING_USER, request
    assert request.waiting_on == WaitingOn.SUBJECT, request
    assert "/start/" in request.link.hosted_url, "no link"

    link = renew_verification_link.sync(request.id, client=client)
    assert link.hosted_url and link.hosted_url != request.link.hosted_url, "the same link"

    refused = create_or_get_verification_request.sync(client=client, body=NewVerificationRequest(subject=""))
    assert isinstance(refused, Problem) and refused.code == ProblemCode.INVALID_BODY, refused
    assert [error.pointer for error in refused.errors] == ["/subject"], refused

    print("waiting for the vendor", flush=True)
    sys.stdin.readline()

    request = get_verification_request.sync(request.id, client=client)
    assert request.status == StatusType0.PASSED, request
    assert request.status_summary == StatusSummary.PASSED, request
    assert request.affected_organizations == ["company-1"], request
    assert request.updated_at >= request.created_at, request

    page = list_verification_requests.sync(
        client=client, organization="company-1", status_summary=StatusSummary.PASSED, limit=5
    )
    assert [row.id for row in page.data] == [request.id] and page.next_cursor is None, page
    timeline = get_verification_timeline.sync(request.id, client=client)
    assert timeline.data[0].what == "request_created", timeline
    assert any(entry.status_after == StatusType0.PASSED for entry in timeline.data), timeline

    over = renew_verification_link.sync(request.id, client=client)
    assert isinstance(over, Problem) and over.code == ProblemCode.NOT_AWAITING_SUBJECT, over
    print("passed", flush=True)


main()
