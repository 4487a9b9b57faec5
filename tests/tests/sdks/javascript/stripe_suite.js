// Stripe's SDK for Node.js, unmodified, against the simulator. The argument describes where it is and with which keys.
//
// What takes time is asked for by a line, `{"advance_secs": 5}`, and has happened when a line comes back.
const assert = require("node:assert/strict");
const { createInterface } = require("node:readline");
const Stripe = require("stripe");
const { receive } = require("./webhooks.js");

const world = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function client(key, options = {}) {
  const { protocol, hostname, port } = new URL(options.base ?? world.base);
  const maxNetworkRetries = options.maxNetworkRetries ?? 0;
  return new Stripe(key, { protocol: protocol.replace(":", ""), host: hostname, port, maxNetworkRetries });
}

async function ask(wish) {
  console.log(JSON.stringify(wish));
  return JSON.parse((await lines.next()).value);
}

const advance = (secs) => ask({ advance_secs: secs });

async function refused(type, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.type, type, String(error));
    return error;
  }
  assert.fail(`no ${type}`);
}

const ours = client(world.api_key);
const restricted = client(world.restricted_key);
const sessions = ours.identity.verificationSessions;
const DOCUMENT = {
  type: "document",
  options: { document: { allowed_types: ["passport", "id_card"], require_matching_selfie: true } },
};
const create = (params = {}) => sessions.create({ ...DOCUMENT, ...params });

// At the beginning the vendor's clock is behind, by more than a verifier puts up with.
async function aStaleWebhookIsRefused() {
  const receiver = await receive();
  const endpoint = await ours.webhookEndpoints.create({ url: receiver.url, enabled_events: ["*"] });
  await create();
  await advance(0);
  const { body, headers } = await receiver.next();
  const signature = headers["stripe-signature"];
  const verify = (tolerance) => ours.webhooks.constructEvent(body, signature, endpoint.secret, tolerance);
  const stale = await refused("StripeSignatureVerificationError", () => verify());
  assert.match(stale.message, /tolerance/);
  assert.equal(verify(10_000).type, "identity.verification_session.created");
  assert.equal((await ours.webhookEndpoints.del(endpoint.id)).deleted, true);
  receiver.close();
  await advance(world.behind_secs);
}

async function sessionsAreMadeReadChangedAndEnded() {
  const made = await create({
    client_reference_id: "subject-1",
    metadata: { order: "7" },
    provided_details: { email: "jane@example.com", phone: "+12025550100" },
    return_url: "https://app.example.org/back",
    expand: ["provided_details"],
  });
  assert.equal(made.status, "requires_input");
  assert.deepEqual(made.options.document.allowed_types, ["passport", "id_card"]);
  assert.equal(made.provided_details.phone, "+12025550100");
  assert.ok(made.url.startsWith(`${world.base}/start/test_`));
  assert.match(made.lastResponse.requestId, /^req_/);
  const read = await sessions.retrieve(made.id);
  assert.ok(read.url !== made.url && read.metadata.order === "7");
  const changed = await sessions.update(made.id, { metadata: { order: "", more: "x" }, type: "id_number" });
  assert.deepEqual({ ...changed.metadata }, { more: "x" });
  const canceled = await sessions.cancel(made.id);
  assert.ok(canceled.status === "canceled" && canceled.url === null);
  assert.equal((await refused("StripeInvalidRequestError", () => sessions.cancel(made.id))).statusCode, 400);
  assert.equal((await sessions.redact(made.id)).redaction.status, "processing");
  await advance(60);
  assert.equal((await sessions.retrieve(made.id)).redaction.status, "redacted");
}

async function listsAreWalkedPageByPage() {
  const ids = [];
  for (let count = 0; count < 7; count += 1) {
    ids.unshift((await create({ client_reference_id: "paged" })).id);
  }
  const first = await sessions.list({ client_reference_id: "paged", limit: 3 });
  assert.deepEqual([first.data.map(({ id }) => id), first.has_more], [ids.slice(0, 3), true]);
  const walked = await sessions.list({ client_reference_id: "paged", limit: 3 }).autoPagingToArray({ limit: 100 });
  assert.deepEqual(walked.map(({ id }) => id), ids);
  await sessions.cancel(ids[3]);
  const canceled = await sessions.list({ client_reference_id: "paged", status: "canceled" });
  assert.deepEqual(canceled.data.map(({ id }) => id), [ids[3]]);
}

async function aKeyMakesOneSession() {
  const once = { idempotencyKey: "one-session" };
  const first = await sessions.create(DOCUMENT, once);
  const again = await sessions.create(DOCUMENT, once);
  assert.equal(again.id, first.id);
  assert.equal(again.lastResponse.headers["idempotent-replayed"], "true");
  const other = await refused("StripeIdempotencyError", () => sessions.create({ type: "id_number" }, once));
  assert.equal(other.statusCode, 400);
  const busy = { idempotencyKey: "in-use-javascript" };
  // For 409 this SDK has no class of its own.
  const underWay = await refused("StripeAPIError", () => sessions.create(DOCUMENT, busy));
  assert.deepEqual([underWay.statusCode, underWay.code], [409, "idempotency_key_in_use"]);
}

async function whatCanBeTriedAgainIs() {
  const stubborn = client(world.api_key, { maxNetworkRetries: 2 }).identity.verificationSessions;
  for (const idempotencyKey of ["in-use-javascript-2", "locked-javascript"]) {
    assert.equal((await stubborn.create(DOCUMENT, { idempotencyKey })).status, "requires_input");
  }
  // The call after the step is carried out and answered with 500: the same key finds what was made.
  await create({ metadata: { scenario: "trouble" } });
  await advance(5);
  const made = await stubborn.create({ ...DOCUMENT, client_reference_id: "troubled" });
  assert.equal(made.lastResponse.headers["idempotent-replayed"], "true");
  assert.equal((await sessions.list({ client_reference_id: "troubled" })).data.length, 1);
}

async function eachRefusalHasItsClass() {
  const of = (key, options) => client(key, options).identity.verificationSessions;
  const wrong = await refused("StripeAuthenticationError", () => of("sk_test_of_nobody").list());
  assert.ok(wrong.statusCode === 401 && !wrong.message.includes("nobody"));
  const expired = await refused("StripeAuthenticationError", () => of(world.expired_key).list());
  assert.equal(expired.code, "api_key_expired");
  await of(world.read_only_key).list();
  await refused("StripePermissionError", () => of(world.read_only_key).create(DOCUMENT));
  const missing = await refused("StripeInvalidRequestError", () => sessions.retrieve("vs_0"));
  assert.deepEqual([missing.statusCode, missing.code, missing.param], [404, "resource_missing", "session"]);
  for (const [params, code, param] of [
    [{}, "parameter_missing", "type"],
    [{ type: "selfie" }, undefined, "type"],
    [{ ...DOCUMENT, colour: "blue" }, "parameter_unknown", "colour"],
    [{ ...DOCUMENT, return_url: "nowhere" }, "url_invalid", "return_url"],
  ]) {
    const invalid = await refused("StripeInvalidRequestError", () => sessions.create(params));
    assert.deepEqual([invalid.statusCode, invalid.code, invalid.param], [400, code, param]);
  }
  const limited = of(world.api_key, { base: world.limited_base });
  const often = await refused("StripeRateLimitError", async () => {
    for (let count = 0; count < 26; count += 1) {
      await limited.list();
    }
  });
  assert.equal(often.statusCode, 429);
  assert.equal(often.headers["stripe-rate-limited-reason"], "global-rate");
}

async function resultsAreToldToWhomTheyMayBe() {
  const { id } = await create({ metadata: { scenario: "verified" } });
  await advance(10);
  const expand = ["verified_outputs.dob", "last_verification_report.document.number"];
  const told = await restricted.identity.verificationSessions.retrieve(id, { expand });
  assert.equal(told.status, "verified");
  assert.ok(told.verified_outputs.dob.year > 1900 && told.last_verification_report.document.number);
  assert.equal((await sessions.retrieve(id, { expand })).verified_outputs.dob, undefined);
  const report = told.last_verification_report;
  assert.equal((await ours.identity.verificationReports.retrieve(report.id)).id, report.id);
  const reports = await ours.identity.verificationReports.list({ verification_session: id });
  assert.deepEqual(reports.data.map((found) => found.id), [report.id]);

  const [picture] = report.document.files;
  assert.equal((await ours.files.retrieve(picture)).purpose, "identity_document_downloadable");
  const expires = (await ask({ now: true })) + 25;
  const link = await restricted.fileLinks.create({ file: picture, expires_at: expires });
  const answer = await fetch(link.url);
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "image/png"]);
  await refused("StripePermissionError", () => ours.fileLinks.create({ file: picture, expires_at: expires }));
  await refused("StripeInvalidRequestError", () => restricted.fileLinks.create({ file: picture }));
  await advance(30);
  assert.equal((await fetch(link.url)).status, 404);
  const data = Buffer.from("a document of ours");
  const file = { data, name: "ours.pdf", type: "application/octet-stream" };
  const handedIn = await ours.files.create({ purpose: "dispute_evidence", file });
  assert.deepEqual([handedIn.size, handedIn.type], [18, "pdf"]);
}

async function webhooksVerifyUnlessTheyAreForged() {
  const receiver = await receive();
  const endpoint = await ours.webhookEndpoints.create({ url: receiver.url, enabled_events: ["*"] });
  const session = await create({ metadata: { scenario: "shady" } });
  await advance(10);
  const seen = [];
  let refusals = 0;
  let good;
  for (let count = 0; count < 4; count += 1) {
    const { body, headers } = await receiver.next();
    const signature = headers["stripe-signature"];
    try {
      const event = ours.webhooks.constructEvent(body, signature, endpoint.secret);
      assert.equal(event.data.object.id, session.id);
      seen.push(event.type.split(".").pop());
      good = { body, signature };
    } catch (error) {
      assert.equal(error.type, "StripeSignatureVerificationError", String(error));
      refusals += 1;
    }
  }
  // One came with another body first, and one under another key only.
  assert.deepEqual([seen.sort(), refusals], [["created", "processing"], 2]);
  const tampered = Buffer.concat([good.body, Buffer.from(" ")]);
  for (const [body, secret] of [[tampered, endpoint.secret], [good.body, "whsec_of_nobody"]]) {
    const verify = () => ours.webhooks.constructEvent(body, good.signature, secret);
    await refused("StripeSignatureVerificationError", verify);
  }
  assert.equal((await ours.webhookEndpoints.update(endpoint.id, { disabled: true })).status, "disabled");
  await ours.webhookEndpoints.del(endpoint.id);
  receiver.close();
}

async function whatDidNotArriveIsListed() {
  const receiver = await receive([500]);
  const enabled_events = ["identity.verification_session.created"];
  const endpoint = await ours.webhookEndpoints.create({ url: receiver.url, enabled_events });
  const session = await create();
  await advance(0);
  await receiver.next();
  const missed = await ours.events.list({ delivery_success: false, type: "identity.verification_session.*" });
  assert.deepEqual(missed.data.map((event) => event.data.object.id), [session.id]);
  assert.equal((await ours.events.retrieve(missed.data[0].id)).pending_webhooks, 1);
  await ours.webhookEndpoints.del(endpoint.id);
  receiver.close();
}

async function thinEventsLeadToTheSession() {
  const receiver = await receive();
  await ask({ thin: receiver.url });
  const session = await create();
  await advance(0);
  const { body, headers } = await receiver.next();
  const signature = headers["stripe-signature"];
  const notification = ours.parseEventNotification(body, signature, world.thin_secret);
  assert.equal(notification.type, "v1.identity.verification_session.created");
  assert.equal((await notification.fetchRelatedObject()).id, session.id);
  assert.equal((await notification.fetchEvent()).id, notification.id);
  // A snapshot's verifier does not take it.
  assert.throws(() => ours.webhooks.constructEvent(body, signature, world.thin_secret));
  receiver.close();
}

(async () => {
  await aStaleWebhookIsRefused();
  await sessionsAreMadeReadChangedAndEnded();
  await listsAreWalkedPageByPage();
  await aKeyMakesOneSession();
  await whatCanBeTriedAgainIs();
  await eachRefusalHasItsClass();
  await resultsAreToldToWhomTheyMayBe();
  await webhooksVerifyUnlessTheyAreForged();
  await whatDidNotArriveIsListed();
  await thinEventsLeadToTheSession();
  console.log(JSON.stringify({ done: true }));
  process.exit(0);
})();
