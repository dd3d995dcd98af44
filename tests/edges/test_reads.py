"""The names a cell needs to find, by what it does in which order."""

from __future__ import annotations

import pytest

from rlm_kernel.shell.reads import names_read

EVERYTHING = {*"abcdefgnxyz", "math", "os", "xs", "print"}


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("x = y + 1", "y"),
        ("x = 1\ny = x", ""),
        ("y = x\nx = 1", "x"),
        ("x = x + 1", "x"),
        ("x += 1", "x"),
        ("x[0] = 1", "x"),
        ("x.y = z", "x z"),
        ("x, (y, *z) = a\nb = x + y + z", "a"),
        ("x: int = 1\ny = x", ""),
        ("x: int\ny = x", "x"),
        ("import math, os.path as a\nx = math.pi, a", ""),
        ("from os import path as a\nx = a", ""),
        ("x = math.pi\nimport math", "math"),
        # what may not have happened
        ("if a: x = 1\ny = x", "a x"),
        ("if a:\n    x = 1\n    y = x", "a"),
        ("for x in xs: y = x", "xs"),
        ("for x in xs: pass\ny = x", "x xs"),
        ("while a:\n    b = c\n    c = 1", "a c"),
        ("try:\n    x = 1\nexcept OSError as e:\n    y = e, x\nz = x", "x"),
        ("e = 1\ntry: a = 1\nexcept OSError as e: pass\nx = e", "e"),
        ("with a as x, x.b as c: y = x, c\nz = x\nf = y", "a y"),
        ("x = 1\ndel x\ny = x", "x"),
        ("del x", "x"),
        ("x = 1\nif a: del x\ny = x", "a x"),
        # scopes of their own
        ("x = [x for x in xs]", "xs"),
        ("x = [y for x in x]", "x y"),
        ("f = lambda x, y=z: x + y + a", "a z"),
        ("def f(x):\n    y = x + a\n    return f(y)\nb = f(1)", "a"),
        ("def f():\n    global n\n    n += 1", "n"),
        ("def f():\n    n = 1\n    return [n for x in y]", "y"),
        ("def f(x=x) -> y: pass", "x y"),
        ("@a\ndef f(): return f", "a f"),
        ("class a(b):\n    x = x\n    def g(self): return c", "b c x"),
        ("def f(): return g()\ndef g(): return 1", "g"),
        ("x = await a", "a"),
        ("match a:\n    case x: y = x", "a x"),
        ("x = (", ""),
    ],
)
def test_what_a_cell_binds_before_it_loads_it_is_not_read(code, read):
    assert " ".join(names_read(code, EVERYTHING)) == read


def test_names_that_are_not_there_are_not_read():
    assert names_read("x = y + z", {"z"}) == ("z",)
