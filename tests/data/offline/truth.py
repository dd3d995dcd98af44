"""The true answers, by plain reading that shares nothing with rlm_kernel: split, in, ast, Counter."""

from __future__ import annotations

import ast
import re
from collections import Counter

Files = dict[str, str]


def _clear(counts: Counter[str], number: int) -> list[tuple[str, int]]:
    """The most common, provided that no tie makes it arbitrary which they are."""
    ranking = counts.most_common()
    sizes = [count for _, count in ranking[: number + 1]]
    assert len(set(sizes)) == len(sizes), "the corpus has a tie where a question asks for a rank"
    return ranking[:number]


def _rows(log: str) -> list[str]:
    return [row for row in log.split("\n") if row]


def passphrase(log: str) -> str:
    return next(row for row in _rows(log) if "passphrase" in row).split('"')[1]


def build_on_gateway(log: str) -> str:
    row = next(row for row in _rows(log) if row.endswith("gateway-3"))
    return row.split("build number ")[1].split()[0]


def pinning_line(log: str) -> str:
    return next(
        f"{place}: {row}" for place, row in enumerate(_rows(log), 1) if "certificate pinning mismatch" in row
    )


def maintenance_window(log: str) -> str:
    return next(row for row in _rows(log) if "Oslo" in row).split(" is ")[1]


def timeouts(log: str) -> int:
    return log.count("upstream timed out")


def error_lines(log: str) -> int:
    return len([row for row in _rows(log) if "ERROR" in row])


def not_info(log: str) -> int:
    return len([row for row in _rows(log) if "INFO" not in row])


def _clients(log: str) -> list[str]:
    return [word.removeprefix("client=") for word in log.split() if word.startswith("client=")]


def _mail(log: str) -> list[str]:
    return [word.removeprefix("user=") for word in log.split() if word.startswith("user=")]


def distinct_ips(log: str) -> int:
    return len(set(_clients(log)))


def top_ip(log: str) -> str:
    return _clear(Counter(_clients(log)), 1)[0][0]


def emails(log: str) -> set[str]:
    return set(_mail(log))


def top_emails(log: str) -> list[tuple[str, int]]:
    return _clear(Counter(_mail(log)), 5)


def quota_lines(log: str) -> list[str]:
    return [row for row in _rows(log) if "disk quota exceeded" in row]


def urls(log: str) -> set[str]:
    return {word.removeprefix("callback=") for word in log.split() if word.startswith("callback=")}


def top_status(log: str) -> str:
    return _clear(
        Counter(word.removeprefix("status=") for word in log.split() if word.startswith("status=")), 1
    )[0][0]


def membership_number(letters: list[str]) -> str:
    letter = next(letter for letter in letters if "her membership number" in letter)
    return letter.split("her membership number is ")[1].split(",")[0]


def boathouse_key(letters: list[str]) -> str:
    letter = next(letter for letter in letters if "key to the boathouse" in letter)
    return letter.split("key to the boathouse is hidden ")[1].split(".")[0]


def telephone(letters: list[str]) -> str:
    letter = next(letter for letter in letters if "telephone number" in letter)
    return letter.split("telephone number is ")[1].split(",")[0]


def _words(letters: list[str]) -> list[str]:
    return [word for letter in letters for word in re.split(r"\W+", letter) if word]


def river(letters: list[str]) -> int:
    return [word.lower() for word in _words(letters)].count("river")


def letters_whitby(letters: list[str]) -> int:
    return len([letter for letter in letters if "Whitby" in letter])


def qu_words(letters: list[str]) -> set[str]:
    return {word for word in _words(letters) if word.startswith("qu")}


def ness_words(letters: list[str]) -> set[str]:
    return {word for word in _words(letters) if word.endswith("ness")}


def ps_lines(letters: list[str]) -> list[str]:
    return [line for letter in letters for line in letter.split("\n") if line.startswith("P.S.")]


def top_word(letters: list[str]) -> str:
    return _clear(Counter(word.lower() for word in _words(letters)), 1)[0][0]


def top_long_words(letters: list[str]) -> list[tuple[str, int]]:
    return _clear(Counter(word.lower() for word in _words(letters) if len(word) > 6), 3)


def top_b_word(letters: list[str]) -> str:
    return _clear(Counter(word.lower() for word in _words(letters) if word.lower().startswith("b")), 1)[0][0]


def _nodes(files: Files, *kinds: type[ast.AST]) -> list[ast.AST]:
    return [node for text in files.values() for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


def functions(files: Files) -> int:
    return len(_nodes(files, ast.FunctionDef, ast.AsyncFunctionDef))


def classes(files: Files) -> int:
    return len(_nodes(files, ast.ClassDef))


def files_not_implemented(files: Files) -> int:
    return len([path for path, text in files.items() if "NotImplementedError" in text])


def self_loop(files: Files) -> int:
    return sum(text.count("self._loop") for text in files.values())


def connlost_threshold(files: Files) -> str:
    rows = [
        row
        for text in files.values()
        for row in text.split("\n")
        if row.startswith("LOG_THRESHOLD_FOR_CONNLOST_WRITES =")
    ]
    return rows[0].split("=")[1].strip()


def _defining(files: Files, name: str) -> list[str]:
    return [
        path
        for path, text in files.items()
        if any(n.name == name for n in _nodes({path: text}, ast.ClassDef))
    ]


def file_of_json_decode_error(files: Files) -> str:
    [path] = _defining(files, "JSONDecodeError")
    return path


def file_of_unterminated(files: Files) -> str:
    [path] = [path for path, text in files.items() if "Unterminated string starting at" in text]
    return path


def _imported(text: str) -> list[str]:
    """Every module that an import statement names, a relative one with its dots; ``from .`` names none."""
    named = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            named.append("." * node.level + node.module)
    return named


def socket_files(files: Files) -> set[str]:
    return {
        path
        for path, text in files.items()
        if any(name.split(".")[0] == "socket" for name in _imported(text))
    }


def top_import(files: Files) -> str:
    return _clear(Counter(name for text in files.values() for name in _imported(text)), 1)[0][0]


def exception_classes(files: Files) -> set[str]:
    return {node.name for node in _nodes({"": files["asyncio/exceptions.py"]}, ast.ClassDef)}


def encoder_functions(files: Files) -> set[str]:
    return {
        node.name for node in _nodes({"": files["json/encoder.py"]}, ast.FunctionDef, ast.AsyncFunctionDef)
    }


def files_with_both(files: Files) -> set[str]:
    return {path for path, text in files.items() if "warnings.warn" in text and "DeprecationWarning" in text}


def top_line(files: Files) -> str:
    return _clear(
        Counter(row.strip() for text in files.values() for row in text.split("\n") if row.strip()), 1
    )[0][0]


def top_file_await(files: Files) -> str:
    return _clear(Counter({path: text.count("await") for path, text in files.items()}), 1)[0][0]


def top_function(files: Files) -> str:
    return _clear(Counter(node.name for node in _nodes(files, ast.FunctionDef, ast.AsyncFunctionDef)), 1)[0][
        0
    ]
