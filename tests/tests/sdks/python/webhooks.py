"""Where a script receives webhooks: a small HTTP server on a free port of 127.0.0.1.

    with Receiver() as receiver:
        register(receiver.url)
        webhook = receiver.next()      # .headers (any case), .body (the exact bytes)

It answers 200, or what `Receiver(answers=[500, 200])` says, the last one for ever.
"""

import http.server
import queue
import threading


class Webhook:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body


class Receiver:
    def __init__(self, answers=(200,)):
        answers, self._arrived = list(answers), queue.Queue()
        arrived = self._arrived

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                arrived.put(Webhook(self.path, self.headers, body))

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()

    def next(self, deadline_secs=60):
        """The next webhook; raises queue.Empty if none comes."""
        return self._arrived.get(timeout=deadline_secs)
