// Onfido's own client over everything it is used for here. Its one argument says where the simulator is, as JSON.
//
// It moves the simulator's time by printing {"advance_secs": 60} and waiting for a line.
const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");
const { createInterface } = require("node:readline");
const onfido = require("@onfido/api");
const { receive } = require("./webhooks");

const world = JSON.parse(process.argv[2]);
const PNG = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
// Without it axios reads every answer as text.
const BYTES = { responseType: "arraybuffer" };
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function client(base, credentials) {
  return new onfido.DefaultApi(new onfido.Configuration({ basePath: `${base}/v3.6`, ...credentials }));
}

async function advance(secs) {
  console.log(JSON.stringify({ advance_secs: secs }));
  assert.ok(!(await lines.next()).done, "the test has ended");
}

// The error of a call that has to be refused so.
async function refused(call, status, errorType) {
  const error = await call.then(
    () => assert.fail("it was not refused"),
    (error) => error,
  );
  assert.equal(error.response?.status, status, String(error));
  if (errorType) assert.equal(error.response.data.error.type, errorType);
  return error.response.data.error;
}

const api = client(world.base, { apiToken: world.api_token });

async function credentials() {
  assert.equal((await api.ping()).status, 200);
  const wrong = client(world.base, { apiToken: "api_sandbox.of_somebody_else" });
  await refused(wrong.listApplicants(), 401, "authorization_error");
  const elsewhere = client(world.base, { apiToken: "api_live_ca.x" });
  await refused(elsewhere.listApplicants(), 400, "incorrect_base_url");
  const oauth = { oauthClientId: world.oauth_client_id, oauthClientSecret: world.oauth_client_secret };
  assert.equal((await client(world.base, oauth).listApplicants()).status, 200);
  const without = client(world.base, { ...oauth, oauthClientSecret: "wrong" });
  await refused(without.listApplicants(), 401, "authorization_error");
}

async function person(lastName = "Doe", email = "a@b.example") {
  const made = await api.createApplicant({ first_name: "Jane", last_name: lastName, email });
  return made.data.id;
}

async function applicants() {
  await person("First");
  const wanted = {
    first_name: "Jane",
    last_name: "Doe",
    dob: "1990-02-28",
    address: { postcode: "S2 2DF", country: "GBR", line1: "123rd Street" },
    location: { ip_address: "192.0.2.7", country_of_residence: "GBR" },
    consents: [{ name: "privacy_notices_read", granted: true }],
  };
  const made = (await api.createApplicant(wanted)).data;
  assert.deepEqual((await api.findApplicant(made.id)).data, made);
  assert.equal((await api.findApplicantConsents(made.id)).data[0].granted, true);
  const changed = (await api.updateApplicant(made.id, { last_name: "Roe" })).data;
  assert.deepEqual([changed.first_name, changed.last_name], ["Jane", "Roe"]);
  const page = await api.listApplicants(1, 1);
  assert.equal(page.data.applicants[0].id, made.id);
  assert.match(page.headers.link, /rel="next"/);
  assert.ok(Number(page.headers["x-total-count"]) > 1);

  await api.deleteApplicant(made.id);
  await refused(api.findApplicant(made.id), 410, "gone");
  await refused(api.listDocuments(made.id), 410, "gone");
  await api.restoreApplicant(made.id);
  await refused(api.restoreApplicant(made.id), 422, "validation_error");
  const missing = await refused(api.findApplicant("invalid-applicant-id"), 404, "resource_not_found");
  assert.equal(
    missing.message,
    "Could not find the following resource: Applicant with id=invalid-applicant-id",
  );
  const invalid = { first_name: "J<", last_name: "", dob: "1990-13-01", location: { country_of_residence: "UK" } };
  const { fields } = await refused(api.createApplicant(invalid), 422, "validation_error");
  assert.deepEqual(Object.keys(fields).sort(), ["dob", "first_name", "last_name", "location"]);
}

async function files(applicant) {
  const content = Buffer.concat([PNG, Buffer.alloc(2100)]);
  const transfer = new onfido.FileTransfer(content, "passport.png");
  const document = (await api.uploadDocument("passport", applicant, transfer)).data;
  assert.equal(document.file_type, "image/png");
  assert.deepEqual((await api.findDocument(document.id)).data, document);
  const downloaded = (await api.downloadDocument(document.id, BYTES)).data;
  assert.ok(content.equals(Buffer.from(downloaded.buffer)));
  const picture = Buffer.concat([PNG, Buffer.alloc(33_000)]);
  const photo = (await api.uploadLivePhoto(applicant, new onfido.FileTransfer(picture, "me.png"))).data;
  assert.equal((await api.listLivePhotos(applicant)).data.live_photos[0].id, photo.id);
  const small = new onfido.FileTransfer(PNG, "x.png");
  await refused(api.uploadLivePhoto(applicant, small), 422, "validation_error");
  return [document.id, photo.id];
}

async function webhooks(url) {
  const events = ["workflow_run.completed", "workflow_timeline_file.created"];
  const made = (await api.createWebhook({ url, events })).data;
  assert.match(made.token, /^[0-9a-zA-Z_-]{32}$/);
  assert.deepEqual((await api.findWebhook(made.id)).data, made);
  const disabled = (await api.updateWebhook(made.id, { enabled: false })).data;
  assert.equal(disabled.enabled, false);
  await api.updateWebhook(made.id, { enabled: true });
  assert.ok((await api.listWebhooks()).data.webhooks.some((webhook) => webhook.id === made.id));
  await refused(api.createWebhook({ url, events: ["unheard.of"] }), 422, "validation_error");
  await refused(api.deleteWebhook(randomUUID()), 404, "resource_not_found");
  return made;
}

async function taskOf(run, part) {
  return (await api.listTasks(run)).data.find((task) => task.id.includes(part)).id;
}

async function runs(applicant) {
  const [document, photo] = await files(applicant);
  const wanted = { applicant_id: applicant, workflow_id: world.workflow_id, tags: ["suite"], link: { language: "en" } };
  const run = (await api.createWorkflowRun(wanted)).data;
  assert.deepEqual([run.status, run.customer_user_id, run.link.language], ["awaiting_input", applicant, "en"]);
  const page = await api.listWorkflowRuns(1, "awaiting_input,approved", undefined, undefined, "desc", applicant, ["suite"]);
  assert.deepEqual(page.data.map((listed) => listed.id), [run.id]);
  assert.deepEqual((await api.listWorkflowRuns(2, undefined, undefined, undefined, "desc", applicant)).data, []);
  const profile = await taskOf(run.id, "profile");
  await api.completeTask(run.id, profile, { data: { first_name: "Jane", last_name: "Doe" } });
  await api.completeTask(run.id, await taskOf(run.id, "document_photo"), { data: [{ id: document }] });
  await api.completeTask(run.id, await taskOf(run.id, "face_photo"), { data: [{ id: photo }] });
  const report = await taskOf(run.id, "document_check");
  await refused(api.completeTask(run.id, report, { data: {} }), 422, "validation_error");
  assert.equal((await api.findTask(run.id, report)).data.output, null);
  await advance(60);
  const ended = (await api.findWorkflowRun(run.id)).data;
  assert.deepEqual([ended.status, ended.output, ended.sdk_token], ["approved", null, null]);
  assert.equal((await api.findTask(run.id, report)).data.output.properties.first_name, "Jane");
  return run.id;
}

async function evidence(run) {
  const starts = (answer, bytes) => Buffer.from(answer.data.buffer).subarray(0, bytes.length).toString() === bytes;
  assert.ok(starts(await api.downloadSignedEvidenceFile(run, BYTES), "%PDF"));
  assert.ok(starts(await api.downloadEvidenceFolder(run, BYTES), "PK"));
  const timeline = (await api.createTimelineFile(run)).data.workflow_timeline_file_id;
  await refused(api.findTimelineFile(run, timeline), 404);
  await advance(10);
  assert.ok(starts(await api.findTimelineFile(run, timeline, BYTES), "%PDF"));
  return timeline;
}

function believed(token, webhook, body = webhook.body) {
  return new onfido.WebhookEventVerifier(token).readPayload(body, webhook.headers["x-sha2-signature"]).payload;
}

(async () => {
  await credentials();
  await applicants();
  const receiver = await receive();
  const webhook = await webhooks(receiver.url);
  const applicant = await person();
  assert.equal((await api.generateSdkToken({ applicant_id: applicant })).data.token.split(".").length, 3);
  const run = await runs(applicant);
  const ended = await receiver.next();
  const { action, object, resource } = believed(webhook.token, ended);
  assert.deepEqual([action, object.id, resource.status], ["workflow_run.completed", run, "approved"]);
  const forged = Buffer.from(ended.body.toString().replace("approved", "declined"));
  assert.throws(() => believed(webhook.token, ended, forged), onfido.OnfidoInvalidSignatureError);
  assert.throws(() => believed("x".repeat(32), ended), onfido.OnfidoInvalidSignatureError);
  const timeline = await evidence(run);
  assert.equal(believed(webhook.token, await receiver.next()).object.id, timeline);
  await api.deleteWebhook(webhook.id);

  const declined = { applicant_id: await person("Doe", "a+document-expired@example.com"), workflow_id: world.workflow_id };
  const another = (await api.createWorkflowRun(declined)).data.id;
  const considered = { applicant_id: await person("Consider"), workflow_id: world.workflow_without_input };
  assert.equal((await api.createWorkflowRun(considered)).data.status, "review");
  await advance(600);
  assert.equal((await api.findWorkflowRun(another)).data.status, "declined");

  const limited = client(world.limited_base, { apiToken: world.api_token });
  const answers = await Promise.allSettled(Array.from({ length: 31 }, () => limited.listWebhooks()));
  const left = answers.filter((answer) => answer.status === "rejected");
  assert.deepEqual(left.map((answer) => answer.reason.response.data.error.type), ["rate_limit"]);
  receiver.close();
  process.stdin.destroy();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
