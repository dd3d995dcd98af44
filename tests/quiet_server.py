"""A web server for tests that says nothing of clients that hang up."""

from __future__ import annotations

from http.server import ThreadingHTTPServer


class QuietServer(ThreadingHTTPServer):
    """What it would print comes late, and into whatever a later test records."""

    def handle_error(self, *_):
        pass
