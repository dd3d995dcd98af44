"""Providers with a key, and servers on this machine."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from quiet_server import QuietServer

from rlm_kernel.providers import PROVIDERS, find_local_server, first_with_key, is_loopback


def test_the_first_provider_with_a_key_is_preferred():
    assert first_with_key({}) is None
    assert first_with_key({"OPENAI_API_KEY": ""}) is None
    assert first_with_key({"GOOGLE_API_KEY": "x"}).name == "Google Gemini"
    assert first_with_key({"GROQ_API_KEY": "x", "OPENAI_API_KEY": "y"}).name == "OpenAI"


def test_default_models_name_their_provider():
    assert all(provider.model.startswith(f"{provider.id}/") for provider in PROVIDERS)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/v1",
        "127.0.0.1:1",
        "http://127.9.9.9/",
        "http://[::1]:8/v1",
        "https://a.localhost",
    ],
)
def test_loopback_addresses(url):
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1",
        "http://10.0.0.1",
        "http://localhost.evil.org",
        "http://127.0.0.1.evil.org",
        "",
    ],
)
def test_addresses_elsewhere(url):
    assert not is_loopback(url)


@contextmanager
def serving(body: bytes, *, status=200, delay=0.0):
    """A web server whose every page is `body`; yields its port and the paths asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            time.sleep(delay)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with QuietServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1], asked
        finally:
            server.shutdown()
            thread.join()


def models(*names) -> bytes:
    return json.dumps({"object": "list", "data": [{"id": name} for name in names]}).encode()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_running_server_is_found_with_its_first_model_that_chats():
    with serving(models("nomic-embed-text", "llama3.2:3b", "other")) as (port, asked):
        found = find_local_server(2, (("Ollama", port),))
    assert (found.name, found.api_base, found.model) == (
        "Ollama",
        f"http://127.0.0.1:{port}/v1",
        "openai/llama3.2:3b",
    )
    assert asked == ["/v1/models"]


def test_the_earlier_of_two_servers_is_preferred():
    with serving(models("slow"), delay=0.1) as (first, _), serving(models("fast")) as (second, _):
        found = find_local_server(2, (("gone", closed_port()), ("A", first), ("B", second)))
    assert found.name == "A"


def test_a_later_server_is_taken_when_the_earlier_does_not_answer_in_time():
    with serving(models("slow"), delay=3) as (first, _), serving(models("fast")) as (second, _):
        begun = time.monotonic()
        found = find_local_server(0.3, (("A", first), ("B", second)))
        assert time.monotonic() - begun < 2
    assert found.name == "B"


def test_where_nobody_listens_nothing_is_found_and_no_time_is_lost():
    begun = time.monotonic()
    assert find_local_server(10, (("A", closed_port()), ("B", closed_port()))) is None
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"[]",
        b"null",
        b'{"data": 3}',
        b'{"data": [3, {}, {"id": 4}, {"id": ""}]}',
        b"[" * 99_999,
    ],
)
def test_anything_else_that_listens_there_is_passed_over(body):
    with serving(body) as (port, _):
        assert find_local_server(2, (("A", port),)) is None


def test_a_refusal_is_passed_over():
    with serving(models("m"), status=404) as (port, _):
        assert find_local_server(2, (("A", port),)) is None


def test_a_port_that_accepts_and_says_nothing_costs_no_more_than_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert find_local_server(0.2, (("A", silent.getsockname()[1]),)) is None
        assert time.monotonic() - begun < 3


def test_a_port_that_does_not_speak_http_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as odd:
        threading.Thread(
            target=lambda: odd.accept()[0].sendall(b"220 mail.example.org ESMTP\r\n"), daemon=True
        ).start()
        assert find_local_server(0.5, (("A", odd.getsockname()[1]),)) is None
