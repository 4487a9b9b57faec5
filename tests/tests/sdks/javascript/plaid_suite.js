// Plaid's SDK for Node.js against a simulator, as an application would use it. Arguments: the address of an environment,
// of one that counts calls, of one in which the product is not enabled; the client's id and secret.
//
// The test moves the simulator's time: `advance(secs)`. It alone may also turn the environment's key.
const assert = require("node:assert/strict");
const { createHash, timingSafeEqual } = require("node:crypto");
const readline = require("node:readline");

const { decodeProtectedHeader, importJWK, jwtVerify } = require("jose");
const { Configuration, PlaidApi } = require("plaid");

const { receive } = require("./webhooks.js");

const [BASE, COUNTING, NOT_ENABLED, CLIENT_ID, SECRET] = process.argv.slice(2);
const TEMPLATE = "idvtmp_simulated";
const BACKEND = "idvtmp_simulated_backend";
let now = 0;

const LESLIE = {
  email_address: "leslie@example.com",
  phone_number: "+12345678909",
  date_of_birth: "1975-01-18",
  name: { given_name: "Leslie", family_name: "Knope" },
  address: { street: "123 Main St.", city: "Pawnee", region: "IN", postal_code: "46001", country: "US" },
  id_number: { value: "123456788", type: "us_ssn" },
};

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Has the test do something; the simulator's time afterwards.
async function askTest(what) {
  console.log(JSON.stringify(what));
  now = JSON.parse((await answers.next()).value).now_unix_secs;
}

const advance = (secs) => askTest({ advance_secs: secs });

function client(basePath = BASE, secret = SECRET) {
  const headers = { "PLAID-CLIENT-ID": CLIENT_ID, "PLAID-SECRET": secret, "Plaid-Version": "2020-09-14" };
  return new PlaidApi(new Configuration({ basePath, baseOptions: { headers } }));
}

const api = client();

async function create(client_user_id, more = {}, by = api) {
  const request = { template_id: TEMPLATE, is_shareable: true, gave_consent: false, client_user_id, ...more };
  return (await by.identityVerificationCreate(request)).data;
}

const read = async (id) => (await api.identityVerificationGet({ identity_verification_id: id })).data;

const retry = async (client_user_id, strategy, more = {}) =>
  (await api.identityVerificationRetry({ client_user_id, template_id: TEMPLATE, strategy, ...more })).data;

async function refused(status, error_type, error_code, act) {
  const error = await act().then(
    () => assert.fail(`${error_code} was expected`),
    (error) => error,
  );
  const body = error.response.data;
  assert.deepEqual([error.response.status, body.error_type, body.error_code], [status, error_type, error_code]);
  assert.ok(body.request_id && body.display_message === null);
  return body;
}

// As the vendor's page has it: the token's key by its id, its signature, its age, and the digest of the body.
async function verified(webhook, at = now) {
  const token = webhook.headers["plaid-verification"];
  const { alg, kid } = decodeProtectedHeader(token);
  assert.equal(alg, "ES256");
  const { key } = (await api.webhookVerificationKeyGet({ key_id: kid })).data;
  const options = { algorithms: ["ES256"], currentDate: new Date(at * 1000), maxTokenAge: "5 min" };
  const { payload } = await jwtVerify(token, await importJWK(key, "ES256"), options);
  const digest = createHash("sha256").update(webhook.body).digest();
  if (!timingSafeEqual(digest, Buffer.from(payload.request_body_sha256, "hex"))) throw new Error("another body");
  return JSON.parse(webhook.body);
}

async function arrived(receiver, count) {
  const webhooks = [];
  while (webhooks.length < count) webhooks.push(await receiver.next());
  return webhooks;
}

async function credentialsAndFaults() {
  await refused(400, "INVALID_INPUT", "INVALID_API_KEYS", () => create("node-1", {}, client(BASE, "another")));
  await refused(400, "INVALID_INPUT", "INVALID_PRODUCT", () => create("node-1", {}, client(NOT_ENABLED)));
  const invalid = (act) => refused(400, "INVALID_REQUEST", "INVALID_FIELD", act);
  await invalid(() => create("node-1", { template_id: "idvtmp_0" }));
  await invalid(() => create("node-1", { user: { ...LESLIE, date_of_birth: "18.01.1975" } }));
  await invalid(() => read("idv_0"));
  await refused(400, "INVALID_REQUEST", "UNKNOWN_FIELDS", () => create("node-1", { made_up: 1 }));
  await refused(400, "INVALID_REQUEST", "MISSING_FIELDS", () => create("node-1", { is_shareable: undefined }));
  await refused(400, "INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID", () =>
    api.webhookVerificationKeyGet({ key_id: "bfbd5111-8e33-4643-8ced-b2e642a72f3c" }),
  );
  await refused(404, "INVALID_REQUEST", "NOT_FOUND", () => api.identityGet({ access_token: "access-sandbox-0" }));
}

async function getOrCreate() {
  const first = await create("node-leslie", { gave_consent: true, user: LESLIE });
  assert.equal(first.status, "active");
  assert.equal(first.steps.accept_tos, "skipped");
  await refused(400, "INVALID_REQUEST", "INVALID_FIELD", () => create("node-leslie"));
  const again = await create("node-leslie", { is_idempotent: true });
  assert.equal(again.id, first.id);
  const filled = (await api.identityVerificationAutofillCreate({ identity_verification_id: first.id })).data;
  assert.equal(filled.status, "success");
}

async function backendFlow(receiver) {
  const nobody = { template_id: BACKEND, is_shareable: false, gave_consent: true };
  const ours = await create("node-backend", { ...nobody, user: LESLIE });
  const theirs = await create("node-other", { ...nobody, user: { ...LESLIE, date_of_birth: "1975-01-19" } });
  await advance(10);
  assert.equal((await read(ours.id)).status, "success");
  assert.equal((await read(theirs.id)).kyc_check.date_of_birth.summary, "no_match");
  for (const webhook of await arrived(receiver, 5)) assert.equal((await verified(webhook)).environment, "sandbox");
}

async function aPersonPasses(receiver) {
  const attempt = await create("node-2+passed");
  const page = await fetch(attempt.shareable_url);
  assert.match(await page.text(), /Plaid Identity Verification/);
  await advance(60);
  const told = [];
  for (const webhook of await arrived(receiver, 9)) told.push(await verified(webhook));
  assert.ok(told.every((one) => one.identity_verification_id === attempt.id));
  assert.equal(told.filter((one) => one.webhook_code === "STATUS_UPDATED").length, 1);
  const passed = await read(attempt.id);
  assert.equal(passed.status, "success");
  const [document] = passed.documentary_verification.documents;
  const picture = await fetch(document.images.face);
  assert.equal(picture.headers.get("content-type"), "image/png");
  await advance(61);
  assert.equal((await fetch(document.images.face)).status, 403);
  const request = { watchlist_screening_id: passed.watchlist_screening_id };
  const screening = (await api.watchlistScreeningIndividualGet(request)).data;
  assert.equal(screening.status, "cleared");
}

async function retriesAndLists(receiver) {
  const person = "node-3+selfie-mismatch.passed";
  const first = await create(person);
  await advance(60);
  await arrived(receiver, 7);
  assert.equal((await read(first.id)).selfie_check.selfies[0].analysis.document_comparison, "no_match");
  const steps = { verify_sms: false, kyc_check: false, documentary_verification: true, selfie_check: true };
  await refused(400, "INVALID_REQUEST", "INVALID_FIELD", () => retry(person, "reset", { steps }));
  const second = await retry(person, "custom", { steps });
  assert.equal(second.previous_attempt_id, first.id);
  assert.equal(second.steps.kyc_check, "skipped");
  await advance(1);
  assert.equal((await verified(await receiver.next())).webhook_code, "RETRIED");
  await advance(60);
  await arrived(receiver, 7);
  assert.equal((await read(second.id)).status, "success");
  const third = await retry(person, "infer");
  assert.equal(third.steps.accept_tos, "active");
  await advance(60);
  await arrived(receiver, 10);
  const ids = [];
  let cursor = null;
  do {
    const request = { template_id: TEMPLATE, client_user_id: person, ...(cursor && { cursor }) };
    const page = (await api.identityVerificationList(request)).data;
    ids.push(...page.identity_verifications.map((item) => item.id));
    cursor = page.next_cursor;
  } while (cursor);
  assert.deepEqual(ids, [third.id, second.id, first.id]);
}

async function reviewsAndEnds(receiver) {
  const attempt = await create("node-4+in-review");
  await advance(60);
  await arrived(receiver, 9);
  const { watchlist_screening_id, status } = await read(attempt.id);
  assert.equal(status, "pending_review");
  const hits = (await api.watchlistScreeningIndividualHitList({ watchlist_screening_id })).data;
  assert.equal(hits.watchlist_screening_hits.length, 1);
  await api.watchlistScreeningIndividualUpdate({ watchlist_screening_id, status: "cleared" });
  assert.equal((await read(attempt.id)).status, "success");
  await advance(1);
  await arrived(receiver, 3);
  const canceled = await create("node-5+canceled");
  await advance(60);
  await arrived(receiver, 4);
  assert.equal((await read(canceled.id)).status, "canceled");
  const redacted = await create("node-6+redacted-silently");
  await advance(7200);
  await arrived(receiver, 9);
  assert.ok((await read(redacted.id)).redacted_at);
}

async function tokensAndUsers() {
  const request = {
    client_name: "Pawnee Parks",
    language: "en",
    country_codes: ["US"],
    products: ["identity_verification"],
    user: { client_user_id: "node-7" },
    identity_verification: { template_id: TEMPLATE },
  };
  const token = (await api.linkTokenCreate(request)).data;
  assert.match(token.link_token, /^link-sandbox-/);
  await refused(400, "INVALID_REQUEST", "INVALID_CONFIGURATION", () =>
    api.linkTokenCreate({ ...request, products: ["identity_verification", "auth"] }),
  );
  await refused(403, "USER_ERROR", "INVALID_USER_IDENTITY_DATA", () =>
    api.linkTokenCreate({ ...request, user: { client_user_id: "node-7", phone_number: "1" } }),
  );
  const { user_id } = (await api.userCreate({ client_user_id: "node-8" })).data;
  const attempt = await create(undefined, { user_id });
  assert.equal(attempt.client_user_id, "node-8");
  await refused(400, "USER_ERROR", "USER_NOT_FOUND", () => create(undefined, { user_id: "usr_0" }));
}

async function webhooksOfOthers(receiver) {
  for (const [fate, count, wrong, status] of [
    ["forged", 10, "another body", 1],
    ["wrong-key", 9, "signature verification failed", 0],
  ]) {
    await create(`node-9+webhooks-${fate}`);
    await advance(60);
    const codes = [];
    const refusals = [];
    for (const webhook of await arrived(receiver, count)) {
      await verified(webhook).then(
        (body) => codes.push(body.webhook_code),
        (error) => refusals.push(error.message),
      );
    }
    assert.deepEqual(refusals, [wrong]);
    assert.equal(codes.filter((code) => code === "STATUS_UPDATED").length, status);
  }
  await create("node-10+expired-unopened");
  await advance(3600);
  const webhook = await receiver.next();
  await verified(webhook, now + 300);
  await assert.rejects(verified(webhook, now + 301), { code: "ERR_JWT_EXPIRED" });
}

async function aKeyIsTurned(receiver) {
  const kidOf = async (client_user_id) => {
    await create(client_user_id);
    await advance(3600);
    const webhook = await receiver.next();
    await verified(webhook);
    return decodeProtectedHeader(webhook.headers["plaid-verification"]).kid;
  };
  const old = await kidOf("node-11+expired-unopened");
  await askTest({ turn_key: true });
  const current = await kidOf("node-12+expired-unopened");
  const expiredAt = async (key_id) => (await api.webhookVerificationKeyGet({ key_id })).data.key.expired_at;
  assert.equal(await expiredAt(old), now - 3600);
  assert.equal(await expiredAt(current), null);
}

async function tooManyCalls() {
  const counting = client(COUNTING);
  const { id } = await create("node-13", {}, counting);
  const get = () => counting.identityVerificationGet({ identity_verification_id: id });
  for (let count = 0; count < 59; count += 1) await get();
  await refused(429, "RATE_LIMIT_EXCEEDED", "RATE_LIMIT", get);
}

(async () => {
  const receiver = await receive();
  await askTest({ webhooks_to: receiver.url });
  await credentialsAndFaults();
  await getOrCreate();
  await backendFlow(receiver);
  await aPersonPasses(receiver);
  await retriesAndLists(receiver);
  await reviewsAndEnds(receiver);
  await tokensAndUsers();
  await webhooksOfOthers(receiver);
  await aKeyIsTurned(receiver);
  await tooManyCalls();
  console.log(JSON.stringify({ done: true }));
  receiver.close();
  process.exit(0);
})().catch((error) => {
  console.error(error.response?.data ?? error, error.stack);
  process.exit(1);
});
