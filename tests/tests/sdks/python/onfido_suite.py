"""Onfido's own client over everything it is used for here. Its one argument says where the simulator is, as JSON.

It moves the simulator's time by printing {"advance_secs": 60} and waiting for a line.
"""

import json
import sys
import uuid

import onfido
from onfido.exceptions import ApiException, BadRequestException, NotFoundException
from onfido.exceptions import UnauthorizedException, UnprocessableEntityException
from webhooks import Receiver

world = json.loads(sys.argv[1])
PNG = b"\x89PNG\r\n\x1a\n"


def client(base=world["base"], **credentials):
    credentials = credentials or {"api_token": world["api_token"]}
    return onfido.DefaultApi(onfido.ApiClient(onfido.Configuration(host=base + "/v3.6", **credentials)))


def advance(secs):
    print(json.dumps({"advance_secs": secs}), flush=True)
    assert sys.stdin.readline(), "the test has ended"


def refused(kind, call, error_type=None):
    try:
        call()
    except kind as error:
        body = json.loads(error.body)["error"]
        assert error_type is None or body["type"] == error_type, error.body
        return error, body
    raise AssertionError("it was not refused")


api = client()


def credentials():
    assert api.ping() == "OK"
    wrong = client(api_token="api_sandbox.of_somebody_else")
    _, body = refused(UnauthorizedException, wrong.list_applicants, "authorization_error")
    assert body["message"] == "Authorization error: please re-check your credentials"
    refused(BadRequestException, client(api_token="api_sandbox_us.x").list_applicants, "incorrect_base_url")
    oauth = {"oauth_client_id": world["oauth_client_id"], "oauth_client_secret": world["oauth_client_secret"]}
    assert client(**oauth).list_applicants() is not None
    try:
        client(**{**oauth, "oauth_client_secret": "wrong"}).list_applicants()
    except RuntimeError as error:
        assert "401" in str(error)
    else:
        raise AssertionError("a wrong secret was taken")


def applicants():
    made = api.create_applicant(
        onfido.ApplicantBuilder(
            first_name="Jane",
            last_name="Doe",
            email="jane@doe.example",
            dob="1990-02-28",
            phone_number="+351911111111",
            address=onfido.AddressBuilder(postcode="S2 2DF", country="GBR", line1="123rd Street"),
            location=onfido.LocationBuilder(ip_address="192.0.2.7", country_of_residence="GBR"),
            id_numbers=[onfido.IdNumber(type="passport", value="12345")],
            consents=[onfido.ApplicantConsentBuilder(name="privacy_notices_read", granted=True)],
        )
    )
    assert api.find_applicant(made.id) == made and made.sandbox and made.delete_at is None
    consents = api.find_applicant_consents(made.id)
    assert [(c.name.value, c.granted) for c in consents] == [("privacy_notices_read", True)]
    changed = api.update_applicant(made.id, onfido.ApplicantUpdater(first_name="Joan"))
    assert (changed.first_name, changed.last_name) == ("Joan", "Doe")

    for number in range(5):
        person(f"Page{number}")
    first = api.list_applicants_with_http_info(page=1, per_page=2)
    names = [a.last_name for a in first.data.applicants]
    assert names == ["Page4", "Page3"], names
    headers = lambda answer: {name.lower(): value for name, value in answer.headers.items()}
    total = int(headers(first)["x-total-count"])
    assert total >= 6 and 'rel="next"' in headers(first)["link"]
    last = api.list_applicants_with_http_info(page=(total + 1) // 2, per_page=2)
    assert 'rel="prev"' in headers(last)["link"] and 'rel="next"' not in headers(last)["link"]

    refused(UnprocessableEntityException, lambda: api.restore_applicant(made.id), "validation_error")
    api.delete_applicant(made.id)
    error, _ = refused(ApiException, lambda: api.find_applicant(made.id), "gone")
    assert error.status == 410
    here = [a.id for a in api.list_applicants(per_page=100).applicants]
    all_of_them = [a for a in api.list_applicants(per_page=100, include_deleted=True).applicants if a.id == made.id]
    assert made.id not in here and all_of_them[0].delete_at is not None
    api.restore_applicant(made.id)
    assert api.find_applicant(made.id).first_name == "Joan"

    missing = str(uuid.uuid4())
    _, body = refused(NotFoundException, lambda: api.find_applicant(missing), "resource_not_found")
    assert body["message"] == "Could not find the following resource: Applicant with id=" + missing
    blank = onfido.ApplicantBuilder(first_name="", last_name="Doe", email="nobody")
    _, body = refused(UnprocessableEntityException, lambda: api.create_applicant(blank), "validation_error")
    assert sorted(body["fields"]) == ["email", "first_name"], body


def person(last_name="Doe", email="a@b.example"):
    builder = onfido.ApplicantBuilder(first_name="Jane", last_name=last_name, email=email)
    return api.create_applicant(builder).id


def files(applicant):
    content = PNG + bytes(2_100)
    document = api.upload_document(
        type="passport", applicant_id=applicant, file=("passport.png", content), side="front", issuing_country="GBR"
    )
    assert (document.file_name, document.file_type, document.side) == ("passport.png", "image/png", "front")
    assert api.find_document(document.id) == document
    assert [d.id for d in api.list_documents(applicant).documents] == [document.id]
    assert bytes(api.download_document(document.id)) == content
    photo = api.upload_live_photo(applicant_id=applicant, file=("me.png", PNG + bytes(33_000)))
    assert [p.id for p in api.list_live_photos(applicant).live_photos] == [photo.id]
    assert bytes(api.download_live_photo(photo.id)).startswith(PNG)
    small = lambda: api.upload_document(type="passport", applicant_id=applicant, file=("x.png", PNG))
    _, body = refused(UnprocessableEntityException, small, "validation_error")
    assert list(body["fields"]) == ["file"], body
    return document.id, photo.id


def webhooks(receiver):
    builder = onfido.WebhookBuilder(
        url=receiver.url, name="suite", events=["workflow_run.completed", "workflow_task.completed"], environments=["sandbox"]
    )
    made = api.create_webhook(builder)
    assert len(made.token) == 32 and made.enabled
    found = api.find_webhook(made.id)
    assert found == made and [e.value for e in found.events] == ["workflow_run.completed", "workflow_task.completed"]
    assert made.id in [w.id for w in api.list_webhooks().webhooks]
    changed = api.update_webhook(made.id, onfido.WebhookUpdater(events=["workflow_run.completed"]))
    assert len(changed.events) == 1 and changed.token == made.token
    other = api.create_webhook(onfido.WebhookBuilder(url="https://other.example/hook"))
    api.delete_webhook(other.id)
    refused(NotFoundException, lambda: api.find_webhook(other.id), "resource_not_found")
    insecure = onfido.WebhookBuilder(url="http://other.example/hook")
    refused(UnprocessableEntityException, lambda: api.create_webhook(insecure), "validation_error")
    resend = onfido.WebhookResend(data=[onfido.WebhooksResendItem(resource_id=str(uuid.uuid4()), event="check.completed")])
    try:
        api.resend_webhooks(resend)
    except UnprocessableEntityException:
        pass
    else:
        raise AssertionError("there is no such check")
    return made.token


def task_of(run, part):
    return next(t.id for t in api.list_tasks(run) if part in t.id)


def complete(run, task, data):
    builder = onfido.CompleteTaskBuilder(data=onfido.CompleteTaskDataBuilder(data))
    api.complete_task(run, task, builder)


def runs():
    applicant = person()
    document, photo = files(applicant)
    builder = onfido.WorkflowRunBuilder(
        applicant_id=applicant,
        workflow_id=world["workflow_with_output"],
        tags=["suite", "a,b"],
        customer_user_id="customer-1",
        link=onfido.WorkflowRunLink(completed_redirect_url="https://app.example/done", language="en_US"),
        custom_data={"age": 18},
    )
    run = api.create_workflow_run(builder)
    assert run.status.value == "awaiting_input" and run.sdk_token and run.link.url == f"{world['base']}/l/{run.id}"
    assert (run.customer_user_id, run.tags) == ("customer-1", ["suite", "a,b"])
    again = api.create_workflow_run(builder)
    assert again.id != run.id, "the vendor knows no idempotency"
    listed = [r.id for r in api.list_workflow_runs(applicant_id=applicant, tags=["suite"], status="awaiting_input")]
    assert listed == [again.id, run.id] and api.list_workflow_runs(tags=["other"]) == []
    assert [r.id for r in api.list_workflow_runs(applicant_id=applicant, sort="asc")] == [run.id, again.id]
    refused(UnprocessableEntityException, lambda: api.list_workflow_runs(status="unheard_of"), "validation_error")

    tasks = api.list_tasks(run.id)
    assert len(tasks) == 2 and tasks[0].id == "start"
    assert api.find_task(run.id, tasks[0].id).output == {"uuid": str(applicant)}
    profile = task_of(run.id, "profile")
    data = {"first_name": "Jane", "last_name": "Doe"}
    complete(run.id, profile, data)
    assert api.find_task(run.id, profile).output == data
    refused(UnprocessableEntityException, lambda: complete(run.id, profile, data), "validation_error")
    somebody_elses = [{"id": str(uuid.uuid4())}]
    task = task_of(run.id, "document_photo")
    refused(UnprocessableEntityException, lambda: complete(run.id, task, somebody_elses), "validation_error")
    complete(run.id, task, [{"id": str(document)}])
    complete(run.id, task_of(run.id, "face_photo"), [{"id": str(photo)}])
    assert api.find_workflow_run(run.id).status.value == "processing"
    refused(NotFoundException, lambda: api.download_signed_evidence_file(run.id))
    refused(UnprocessableEntityException, lambda: api.create_timeline_file(run.id))
    advance(60)
    run = api.find_workflow_run(run.id)
    assert run.status.value == "approved" and run.sdk_token is None and run.error is None
    assert run.output["doc"]["repeat_attempts"] and run.output["selfie"]["result"] == "clear"
    assert run.output["profile_capture_data"] == data
    return run.id


def evidence(run):
    assert bytes(api.download_signed_evidence_file(run)).startswith(b"%PDF")
    assert bytes(api.download_evidence_folder(run)).startswith(b"PK")
    timeline = api.create_timeline_file(run).workflow_timeline_file_id
    refused(NotFoundException, lambda: api.find_timeline_file(run, timeline))
    advance(10)
    assert bytes(api.find_timeline_file(run, timeline)).startswith(b"%PDF")


def ends_by_magic():
    made = lambda email, workflow, **more: api.create_workflow_run(
        onfido.WorkflowRunBuilder(applicant_id=person(email=email), workflow_id=world[workflow], **more)
    )
    assert made("a@b.example", "workflow_without_input").status.value == "approved"
    expected = {
        made("a+face-mismatch@example.com", "workflow_id").id: "declined",
        made("a@b.example", "workflow_id", tags=["scenario:abandoned"]).id: "abandoned",
        made("a+broken@example.com", "workflow_id").id: "error",
        made("a+review@example.com", "workflow_id").id: "review",
    }
    advance(7200)
    for run, status in expected.items():
        found = api.find_workflow_run(run)
        assert found.status.value == status, (found.status, status)
        for task in api.list_tasks(run):
            api.find_task(run, task.id)
    unknown = onfido.WorkflowRunBuilder(applicant_id=person(), workflow_id=str(uuid.uuid4()))
    refused(UnprocessableEntityException, lambda: api.create_workflow_run(unknown), "validation_error")


def captures():
    """What only the vendor's own app makes: a scenario does."""
    applicant = person(email="a+every-kind-of-task@example.com")
    run = api.create_workflow_run(onfido.WorkflowRunBuilder(applicant_id=applicant, workflow_id=world["workflow_id"]))
    advance(600)
    assert api.find_workflow_run(run.id).status.value == "approved"
    for task in api.list_tasks(run.id):
        assert api.find_task(run.id, task.id).output is not None
    video = api.list_live_videos(applicant).live_videos[0]
    assert api.find_live_video(video.id).challenge and bytes(api.download_live_video(video.id))[4:8] == b"ftyp"
    assert bytes(api.download_live_video_frame(video.id)).startswith(PNG)
    motion = api.list_motion_captures(applicant).motion_captures[0]
    assert api.find_motion_capture(motion.id).id == motion.id and bytes(api.download_motion_capture(motion.id))
    assert bytes(api.download_motion_capture_frame(motion.id)).startswith(PNG)
    documents = api.list_documents(applicant).documents
    assert [d.side for d in documents] == ["front"] and bytes(api.download_document(documents[0].id)).startswith(PNG)
    photo = api.upload_id_photo(applicant_id=applicant, file=("me.png", PNG + bytes(33_000)))
    assert [p.id for p in api.list_id_photos(applicant).id_photos] == [photo.id]
    assert bytes(api.download_id_photo(photo.id)).startswith(PNG) and api.find_id_photo(photo.id) == photo


def heard(receiver, token, run):
    """The first attempt was answered 500: it comes again, and is the same."""
    failed, again = receiver.next(), receiver.next()
    assert failed.body == again.body
    verifier = onfido.WebhookEventVerifier(token)
    signature = again.headers["X-SHA2-Signature"]
    body = again.body.decode()
    event = verifier.read_payload(body, signature)
    assert event.payload.action.value == "workflow_run.completed"
    assert (event.payload.object.id, event.payload.object.status.value) == (str(run), "approved")
    assert event.payload.resource.id == str(run)
    for forged in [(verifier, body.replace("approved", "declined")), (onfido.WebhookEventVerifier("x" * 32), body)]:
        try:
            forged[0].read_payload(forged[1], signature)
        except onfido.OnfidoInvalidSignatureError:
            continue
        raise AssertionError("a forged event was believed")


def limits():
    limited = client(base=world["limited_base"])
    for _ in range(30):
        limited.list_webhooks()
    error, _ = refused(ApiException, limited.list_webhooks, "rate_limit")
    assert error.status == 429


credentials()
applicants()
assert api.generate_sdk_token(onfido.SdkTokenBuilder(applicant_id=person())).token.count(".") == 2
with Receiver(answers=[500, 200]) as receiver:
    token = webhooks(receiver)
    run = runs()
    heard(receiver, token, run)
evidence(run)
ends_by_magic()
captures()
limits()
