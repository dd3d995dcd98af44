"""What the argument of --context stands for."""

import base64
import builtins
import re
import threading
from http.server import BaseHTTPRequestHandler

import pytest
from doubles import ScriptedClient, cell, finish
from quiet_server import QuietServer

from rlm_kernel.context import Documents, parse_size, resolve
from rlm_kernel.interfaces import UsageError
from rlm_kernel.secrets import mask
from rlm_kernel.session import Session


def evaluate(source):
    return eval(source, {})


def value(spec, namespace=None, evaluate=evaluate):
    return resolve([spec], namespace or {}, evaluate)[0].value


def names(*specs):
    return [context.name for context in resolve(specs, {}, evaluate)]


def error(*specs, namespace=None, evaluate=evaluate):
    with pytest.raises(UsageError) as caught:
        resolve(specs, namespace or {}, evaluate)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def server():
    answers = {
        "/data": ("application/json; charset=utf-8", b'{"a": 1}'),
        "/table.csv": ("application/octet-stream", b"a,b\n1,2\n"),
        "/latin": ("text/plain; charset=iso-8859-7", "αβγ".encode("iso-8859-7")),
        "/image": ("image/png", b"\x89PNG\r\n\x1a\n\x00\x00"),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/to?") or self.path == "/around":
                self.send_response(302)
                self.send_header("Location", self.path.removeprefix("/to?"))
                self.end_headers()
                return
            login = self.headers.get("Authorization", "none")
            if self.path == "/private" and login == "none":
                self.send_error(401)
                return
            sent = {
                "/short": ("text/plain", b"abc"),
                "/login": ("text/plain", login.encode()),
                "/private": ("text/plain", b"secret"),
            }
            kind, body = (answers | sent).get(self.path, ("text/plain", b""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            if self.path == "/short":
                self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with QuietServer(("127.0.0.1", 0), Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def test_unnamed_contexts_are_numbered():
    assert names("1", "2", "3") == ["context", "context_2", "context_3"]


def test_numbering_steps_over_names_that_were_given():
    assert names("1", "docs=2", "3", "context_2=4") == ["context", "docs", "context_3", "context_2"]


@pytest.mark.parametrize("source", ["3==3", "2!=3", "2<=3", "3>=3", "(lambda x=1: True)(2)"])
def test_comparisons_and_keyword_arguments_are_no_names(source):
    [context] = resolve([source], {}, evaluate)
    assert (context.name, context.value, context.expression) == ("context", True, source)


def test_a_name_may_stand_before_a_comparison():
    [context] = resolve(["same=3==3"], {}, evaluate)
    assert (context.name, context.value) == ("same", True)


@pytest.mark.parametrize("name", ["answer", "result", "_rlm", "llm_query", "FINAL", "SHOW_VARS", "class"])
def test_reserved_names_are_refused(name):
    assert name in error(f"{name}=1")


def test_two_contexts_of_one_name_are_refused():
    assert "two contexts are called a" in error("a=1", "a=2")


@pytest.mark.parametrize("spec", ["", "  ", "a="])
def test_an_empty_context_is_refused(spec):
    assert "empty" in error(spec)


def test_a_bound_name_is_taken_as_it_is():
    data = object()
    assert value("data", {"data": data}) is data


def test_a_variable_wins_over_a_file_with_a_note(folder):
    (folder / "data").write_text("from the file")
    [context] = resolve(["data"], {"data": 1}, evaluate)
    assert context.value == 1
    assert context.notes == ("both a variable and a file are called data: took the variable",)


def test_a_file_wins_over_an_expression(folder):
    (folder / "1+1").write_text("text")
    assert value("1+1") == "text"


def test_a_folder_is_a_list_of_documents(folder):
    (folder / "docs").mkdir()
    (folder / "docs" / "a.txt").write_text("a")
    documents = value("docs/")
    assert isinstance(documents, Documents)
    assert documents.paths == ["a.txt"]


def test_a_glob_that_matches_nothing_is_an_expression(folder):
    assert value("2*3") == 6
    (folder / "2*3").write_text("file")
    assert value("2*3") == "file"


def test_home_is_understood(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    (folder / "notes.txt").write_text("at home")
    assert value("~/notes.txt") == "at home"


@pytest.mark.parametrize(
    "path", ["notes.txt", "data/x.csv", "./run", "/no/such/file", "my-notes.txt", "contracts/"]
)
@pytest.mark.usefixtures("folder")
def test_a_missing_file_is_called_missing(path):
    assert error(path).startswith(f"there is no variable, file or folder called {path} ")


@pytest.mark.parametrize("address", ["ftp://host/a.txt", "s3://bucket/key", "file:///etc/hosts"])
def test_an_address_that_is_not_on_the_web_is_refused_as_one(address):
    scheme = address.partition(":")[0]
    assert error(address).startswith(f"a context is not read from {scheme}:// addresses, only from http")


@pytest.mark.usefixtures("folder")
def test_a_missing_file_is_called_missing_beside_a_variable_of_that_name():
    assert error("data/x.csv", namespace={"data": 1}).startswith("data/x.csv is no variable, file or folder ")


@pytest.mark.usefixtures("folder")
def test_a_glob_without_files_says_so():
    assert error("docs/*.txt").startswith("no file matches docs/*.txt ")


def test_an_expression_that_raises_is_reported_with_its_error():
    message = error("1/0")
    assert "ZeroDivisionError: division by zero" in message
    assert "no variable, file or folder" in message


def test_an_error_of_many_lines_is_cut_to_its_first():
    def fail(_):
        raise RuntimeError("first\nsecond")

    assert error("f(x)", evaluate=fail).endswith("RuntimeError: first")


def test_an_interrupt_is_not_swallowed():
    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resolve(["f(x)"], {}, interrupted)


def test_odd_text_is_only_an_expression():
    assert value("'a\\0b'") == "a\0b"
    assert error("\0")
    assert value("'" + "x" * 5000 + "'") == "x" * 5000


def test_nothing_is_bound():
    namespace = {"a": 1}
    resolve(["b=a", "a"], namespace, lambda source: eval(source, dict(namespace)))
    assert namespace == {"a": 1}
    assert not hasattr(builtins, "b")


def test_a_url_is_read_by_its_content_type(server):
    assert value(f"{server}/data") == {"a": 1}


def test_a_url_is_read_by_its_suffix(server):
    assert len(value(f"{server}/table.csv")) == 1


def test_the_charset_of_an_answer_is_used(server):
    assert value(f"{server}/latin") == "αβγ"


def test_a_url_that_is_not_found_says_so(server):
    assert error(f"{server}/none") == f"{server}/none answered 404 Not Found"


def test_a_redirect_without_an_end_is_one_sentence(server):
    assert re.fullmatch(rf"{server}/around answered 302 .*infinite loop\.", error(f"{server}/around"))


def test_an_answer_that_breaks_off_is_not_taken_for_the_whole(server):
    with pytest.raises(UsageError, match=r"/short broke off after 3 bytes, 997 short: try again"):
        value(f"{server}/short")


def test_an_expression_that_exits_is_reported_with_its_error():
    with pytest.raises(UsageError, match="SystemExit: 3"):
        value("__import__('sys').exit(3)")


def test_a_binary_answer_is_refused(server):
    assert "binary" in error(f"{server}/image")


def basic(login):
    return "Basic " + base64.b64encode(login.encode()).decode()


def with_login(server, login):
    return server.replace("http://", f"http://{login}@")


@pytest.mark.parametrize(
    ("login", "sent"),
    [
        ("user:pw", "user:pw"),
        ("me%40home:p%3Aw%2F%C3%A9", "me@home:p:w/é"),
        ("user:p@w", "user:p@w"),
        ("token", "token"),
        ("token:", "token:"),
    ],
)
def test_a_login_in_a_url_is_sent_as_basic_authentication(server, login, sent):
    assert value(f"{with_login(server, login)}/login") == basic(sent)
    assert value(f"{with_login(server, login)}/private") == "secret"


def test_a_redirect_takes_a_login_along_on_the_same_server_only(server):
    own = with_login(server, "user:pw")
    assert value(f"{own}/to?/login") == basic("user:pw")
    assert value(f"{own}/to?/to?/login") == basic("user:pw")
    other = server.replace("127.0.0.1", "localhost")
    assert value(f"{own}/to?{other}/login") == "none"
    assert value(f"{own}/to?{other}/to?{server}/login") == "none"


@pytest.mark.parametrize(
    ("login", "shown"),
    [("user:hunter2", "user:***"), ("user:hun@ter2", "user:***"), ("hunter2", "***"), ("hunter2:", "***")],
)
def test_a_password_in_a_url_is_shown_nowhere(server, login, shown):
    url = f"{with_login(server, login)}/data"
    [context] = resolve([f"docs={url}"], {}, evaluate)
    assert context.expression == f"docs={with_login(server, shown)}/data"
    assert "hunter2" not in mask(f"%%rlm -c {url}")
    assert error(f"{with_login(server, login)}/none?token=abc") == (
        f"{with_login(server, shown)}/none answered 404 Not Found"
    )


def test_a_password_in_a_url_is_not_on_record(server, folder):
    session = Session(make_view=lambda _trajectory: None)
    session.client = ScriptedClient([cell("raise ValueError(URL)"), finish("URL")])
    url = f"{with_login(server, 'user:hunter2')}/data"
    run = session.ask(
        "q", {"model": "m", "context": [url, f"got=__import__('json').dumps('{url}')"]}, {"URL": url}
    )
    assert run.status == "finished"
    assert "hunter2" not in run.trajectory.path.read_text()
    assert "hunter2" not in str([request.messages for request in session.client.requests])


def test_no_secret_of_a_url_that_nobody_answers_is_in_its_error():
    message = error("http://user:pass@127.0.0.1:9/x?token=abc")
    assert message.startswith("http://user:***@127.0.0.1:9/x cannot be reached")


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hun/ter2@host/x",
        "http://user:hun#ter2@host/x",
        "http://user:hun?ter2@host/x",
        "http://user:hun ter2@host/x",
        "http://user:hun\nter2@host/x",
        "http://user:hun℀ter2@host/x",
        "http://user:hunter2@[host/x",
        "http://host:port/x",
    ],
)
def test_an_address_that_is_none_says_how_to_write_one_and_not_what_it_was(url):
    message = error(url)
    assert message.startswith("that is no valid address such as http://user:password@host:80/path")
    assert "ter2" not in message


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10 MB", 10_000_000),
        ("500kB", 500_000),
        ("1048576", 1048576),
        ("2GiB", 2 << 30),
        ("1.5k", 1500),
        ("3b", 3),
    ],
)
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1", "ten", "5 XB", "1e6", "3i"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(UsageError, match="is not a size"):
        parse_size(text)
