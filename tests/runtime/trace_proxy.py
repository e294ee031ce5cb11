"""Puts back the trace header that the emulator drops: a proxy between it and the runtime.

Run as the function's interpreter. The emulator (classic mode) takes X-Amzn-Trace-Id and hands none
to the runtime; Lambda does. This process forks the proxy, then becomes the interpreter it stands
for, whose Runtime API is the proxy: each ``next`` answer gets a Lambda-Runtime-Trace-Id, that of
TRACE_HEADER.
"""

import http.client
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UPSTREAM = os.environ.get("AWS_LAMBDA_RUNTIME_API", "")


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection(UPSTREAM)
        upstream.request(self.command, self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "date"):
                self.send_header(name, value)
        if self.path.endswith("/invocation/next"):
            self.send_header("Lambda-Runtime-Trace-Id", os.environ["TRACE_HEADER"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        upstream.close()

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *args):
        pass


if UPSTREAM:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    if os.fork() == 0:
        server.serve_forever()
    os.environ["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{server.server_port}"
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
