// Verifies webhooks with the vendors' own libraries, as often as it is told to, and says how long that took.
//
// The first line it hears holds the deliveries; it answers what verifies each, or what is wrong. Each further line names
// a delivery and how many times to verify it; it answers with the seconds.
const { createHash, timingSafeEqual } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const Stripe = require("stripe");
const { WebhookEventVerifier } = require("@onfido/api");
const { decodeProtectedHeader, importJWK, jwtVerify } = require("jose");

const FAR_AWAY_SECS = 1e9;
const version = (name) => JSON.parse(readFileSync(`${process.env.NODE_PATH}/${name}/package.json`)).version;

// Each makes a function that verifies one delivery once and returns what it says.
const verifiers = {
  stripe({ body, signature, secret }) {
    const { webhooks } = new Stripe("sk_test_measured");
    return () => webhooks.constructEvent(body, signature, secret, FAR_AWAY_SECS);
  },
  onfido({ body, signature, secret }) {
    const verifier = new WebhookEventVerifier(secret);
    return () => verifier.readPayload(body, signature);
  },
  // As the vendor's page has it, with the key at hand: no library of the vendor's does it.
  async plaid({ body, signature, public_key, at_unix_secs }) {
    const key = await importJWK(public_key, "ES256");
    const options = { algorithms: ["ES256"], currentDate: new Date(at_unix_secs * 1000), maxTokenAge: "5 min" };
    return async () => {
      const { alg, kid } = decodeProtectedHeader(signature);
      if (alg !== "ES256" || kid !== public_key.kid) throw new Error("another key");
      const { payload } = await jwtVerify(signature, key, options);
      const digest = createHash("sha256").update(body).digest();
      if (!timingSafeEqual(digest, Buffer.from(payload.request_body_sha256, "hex"))) throw new Error("another body");
      return JSON.parse(body);
    };
  },
};

const names = {
  stripe: `stripe ${version("stripe")} in Node`,
  onfido: `@onfido/api ${version("@onfido/api")} in Node`,
  plaid: `jose ${version("jose")} in Node`,
};

async function prepared(delivery) {
  try {
    const verify = await verifiers[delivery.vendor]({ ...delivery, body: Buffer.from(delivery.body) });
    await verify();
    const isAsync = verify() instanceof Promise;
    return { verify, isAsync, told: { name: names[delivery.vendor] } };
  } catch (error) {
    return { told: { name: names[delivery.vendor], error: String(error) } };
  }
}

async function secs({ verify, isAsync }, times) {
  const began = process.hrtime.bigint();
  if (isAsync) for (let count = 0; count < times; count += 1) await verify();
  else for (let count = 0; count < times; count += 1) verify();
  return Number(process.hrtime.bigint() - began) / 1e9;
}

(async () => {
  let deliveries;
  for await (const line of createInterface({ input: process.stdin })) {
    const heard = JSON.parse(line);
    if (deliveries === undefined) {
      deliveries = await Promise.all(heard.map(prepared));
      console.log(JSON.stringify(deliveries.map(({ told }) => told)));
    } else {
      console.log(JSON.stringify({ secs: await secs(deliveries[heard.which], heard.times) }));
    }
  }
})();
