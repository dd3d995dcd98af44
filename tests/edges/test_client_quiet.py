"""The client talks to the server it was given and to nobody else, and prints nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

GUARDED = """
import socket, sys
def refuse(what):
    print(what, file=sys.stderr)  # seen by the test even where litellm swallows the error
    raise OSError(what)
real = socket.socket.connect
def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not address[0].startswith("127."):
        refuse(f"talks to {address}")
    return real(self, address)
socket.socket.connect = connect
def getaddrinfo(host, *more, real=socket.getaddrinfo, **named):
    if not str(host).startswith("127."):
        refuse(f"looks up {host}")
    return real(host, *more, **named)
socket.getaddrinfo = getaddrinfo

import asyncio, threading
from rlm_kernel.client import LiteLLMClient, warm
from rlm_kernel.interfaces import Message, QueryError, Request
assert "litellm" not in sys.modules, "imported too early"
assert warm() is None
before = threading.active_count()

async def main(url):
    client = LiteLLMClient(base_delay=0.01)
    info = await client.describe("m", url)
    for role in ("root", "sub", "root"):
        request = Request(role, "m", (Message("user", "hi"),), api_base=url)
        reply = await client.complete(request, lambda progress: None)
        assert reply.text == "Hello.", reply
    for bad in (("no-such-model-anywhere", None), ("openai/gpt-4o", None)):
        try:
            await client.describe(*bad)
        except QueryError:
            pass
        else:
            raise AssertionError(bad)

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.usefixtures("no_keys")
def test_no_other_host_is_contacted_and_nothing_is_printed(server):
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, server.url], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.usefixtures("no_keys")
def test_nothing_is_printed_about_failures(server):
    script = GUARDED.replace('("root", "sub", "root")', "()").replace(
        "asyncio.run(main(sys.argv[1]))",
        """
async def fail(url):
    request = Request("root", "m", (Message("user", "hi"),), api_base="http://127.0.0.1:9/v1")
    try:
        await LiteLLMClient(base_delay=0.01).complete(request, lambda progress: None)
    except QueryError:
        pass

asyncio.run(fail(sys.argv[1]))
""",
    )
    done = subprocess.run(
        [sys.executable, "-c", script, server.url], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_importing_the_client_imports_no_litellm():
    script = "import sys, rlm_kernel.client; sys.exit('litellm' in sys.modules or 'openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
