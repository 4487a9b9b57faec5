// Checks signed events with the public Standard Webhooks library, as an application does. Takes a file with a list of
// {secret, headers, body} and prints for each null, or why it is refused.
const { readFileSync } = require("node:fs");
const { Webhook } = require("standardwebhooks");

const cases = JSON.parse(readFileSync(process.argv[1], "utf8"));
const verdicts = cases.map(({ secret, headers, body }) => {
  try {
    new Webhook(secret).verify(body, headers);
    return null;
  } catch (error) {
    return error.message;
  }
});
console.log(JSON.stringify(verdicts));
