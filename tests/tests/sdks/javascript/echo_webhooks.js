// Receives two webhooks, the first of which it refuses once, and prints where it listens and what came.
const { receive } = require("./webhooks.js");

(async () => {
  const receiver = await receive([500, 200]);
  console.log(JSON.stringify({ url: receiver.url }));
  for (let count = 0; count < 2; count += 1) {
    const { headers, body } = await receiver.next();
    console.log(JSON.stringify({ signature: headers["x-signature"], body: body.toString() }));
  }
  receiver.close();
})();
