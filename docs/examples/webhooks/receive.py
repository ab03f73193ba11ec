"""Receive NexStock webhooks on 127.0.0.1, verify each and print it: a receiver to try things out with.

    WEBHOOK_SECRET=whsec_... python3 receive.py 9000

Register http://127.0.0.1:9000/webhooks as the endpoint's URL on the local platform; elsewhere an endpoint has to be
https with a public name.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from verify import InvalidSignature, verify_nexstock


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to a message that verifies and 400 to any other."""

    def do_POST(self) -> None:
        """Verify the body as it arrived, before anything parses it."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            verify_nexstock(os.environ["WEBHOOK_SECRET"], headers, body)
        except InvalidSignature as refusal:
            print(f"refused: {refusal}", flush=True)
            self.send_response(400)
        else:
            print(headers["webhook-id"], json.dumps(json.loads(body), indent=2), flush=True)
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Print messages only."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
