// Where a script receives webhooks: a small HTTP server on a free port of 127.0.0.1.
//
//   const receiver = await receive();
//   await register(receiver.url);
//   const webhook = await receiver.next();   // .headers (lower case), .body (a Buffer of the exact bytes)
//   receiver.close();
//
// It answers 200, or what `receive([500, 200])` says, the last one for ever.
const { createServer } = require("node:http");

async function receive(answers = [200]) {
  const left = [...answers];
  const arrived = [];
  const waiting = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(left.length > 1 ? left.shift() : left[0], { "content-length": 0 }).end();
      const webhook = { path: request.url, headers: request.headers, body: Buffer.concat(chunks) };
      const next = waiting.shift();
      next ? next(webhook) : arrived.push(webhook);
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));

  // The next webhook; rejects if none comes.
  const next = (deadlineSecs = 60) =>
    new Promise((resolve, reject) => {
      if (arrived.length > 0) {
        resolve(arrived.shift());
        return;
      }
      const late = setTimeout(() => reject(new Error("no webhook came")), deadlineSecs * 1000);
      waiting.push((webhook) => {
        clearTimeout(late);
        resolve(webhook);
      });
    });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/webhooks`, next, close };
}

module.exports = { receive };
