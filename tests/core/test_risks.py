"""The scan of a cell: what is harmless, what is not, and why."""

from __future__ import annotations

import os
import shutil

import pytest

from rlm_kernel.risks import touches, why_risky

HARMLESS = [
    "x = 1",
    "replies = llm_query_batched([f'Is it {c}?' for c in context])\nprint(len(replies))",
    "answer['content'] = rlm_query('q', context=x)\nanswer['ready'] = True",
    "FINAL(SHOW_VARS())",
    "import re, json, collections\nprint(re.findall('a', context)[:3])",
    "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool: pool.map(llm_query, x)",
    "import asyncio\nawait asyncio.gather(*[allm_query(p) for p in x])",
    "print(open('notes.txt', encoding='utf-8').read())",
    "import os\nprint(os.path.join('a', 'b'), os.listdir('.'))",
    "import pandas as pd\ndf = pd.read_csv('x.csv')\nprint(df.head().to_string(), df.to_csv())",
    "import sys\nprint(sys.getsizeof(x), type(x).__name__)",
    "from urllib.parse import urlparse\nurlparse(u).netloc",
    "s = context.replace('a', 'b')\ndf = df.replace({1: 2}).rename(columns=str.lower)",
    "%time y = llm_query('x')",
    "%%time\nlen(context)",
    "%matplotlib inline",
    "context?",
    "class A:\n    def __init__(self):\n        super().__init__()",
    "import io\nb = io.StringIO()\nb.write('x')\nprint(b.getvalue())",
    "import sys\nsys.stdout.write('x')",
    "import gzip\nprint(gzip.open('f').read()[:9])",
    "from operator import attrgetter, itemgetter\nsorted(xs, key=attrgetter('a.b'))",
    "import json, ast\nast.dump(ast.parse(json.dumps(x)))",
    "urls = re.findall('https://.*', context)\ndf = pd.read_csv(path)",
    "import logging\nlogging.basicConfig(level='INFO')",
    "pattern = '''\n!not a program\n%not a magic\n'''",
]
RISKY = {
    "import shutil\nshutil.rmtree('data')": "deletes files: shutil.rmtree",
    "from shutil import rmtree as gone\ngone('data')": "deletes files: shutil.rmtree",
    "from pathlib import Path\nPath('x').unlink()": "deletes files: .unlink",
    "open('f', 'w').write('x')": "writes files: open(…, 'w')",
    "path.open('a')": "writes files: open(…, 'a')",
    "open('f', mode)": "writes files: open, in a mode that is not written out",
    "df.to_csv('x.csv')": "writes files: .to_csv",
    "p.replace(q)": "writes files: .replace",
    "import subprocess as sp\nsp.run(['ls'])": "starts or ends processes: subprocess.run",
    "!ls -l": "runs a program: !ls -l",
    "files = !ls": "runs a program: !ls",
    "%pip install x": "runs a program: %pip install x",
    "%%bash\nls": "runs a program: %%bash",
    "%run other.py": "runs a program: %run other.py",
    "%cd ..": "uses a magic that is not known to be harmless: %cd",
    "%%time\nimport os\nos.remove('x')": "deletes files: os.remove",
    "%timeit -n 1 eval(x)": "runs code that is made at run time: eval",
    "import requests": "uses the network: requests",
    "import urllib.request\nurllib.request.urlopen(u)": "uses the network: urllib.request.urlopen",
    "import os\nos.environ['HOME']": "looks at or changes the environment: os.environ",
    "run = eval": "runs code that is made at run time: eval",
    "getattr(x, '__class__')": "reaches beyond what can be judged: .__class__",
    "getattr(x, name)": "reaches beyond what can be judged: getattr by a name that is not written out",
    "().__class__.__mro__": "reaches beyond what can be judged: .__mro__, .__class__",
    "__builtins__['open']": "reaches beyond what can be judged: __builtins__",
    "__import__('os')": "runs code that is made at run time: __import__",
    "import os\nf(os)": "reaches beyond what can be judged: os, handed on",
    "from os import *": "reaches beyond what can be judged: from os import …",
    "import json\njson.loads = f": "reaches beyond what can be judged: json.loads = …",
    "import foo": "uses a module that is not known to be harmless: foo",
    "from gzip import open as o\no('f', 'w')": "writes files: gzip.open, handed on",
    "import codecs\no = codecs.open": "writes files: codecs.open, handed on",
    "open(*how)": "writes files: open(*…)",
    "import io\nio.FileIO('f', 'w')": "uses a module that is not known to be harmless: io.FileIO",
    "import gzip\ngzip.GzipFile('f', 'w')": "writes files: gzip.GzipFile",
    "p.rename(target=q)": "writes files: .rename",
    "from pathlib import Path\nPath.replace(p, q)": "writes files: pathlib.Path.replace",
    "df.to_csv(**how)": "writes files: .to_csv",
    "f.write('x')": "writes files: .write",
    "import logging\nlogging.basicConfig(filename='f')": "writes files: .basicConfig",
    "import networkx as nx\nnx.write_gml(g, 'f')": "writes files: networkx.write_gml",
    "import scipy.sparse\nscipy.sparse.save_npz('f', x)": "writes files: scipy.sparse.save_npz",
    "import polars as pl\npl.DataFrame(x).write_delta('f')": "writes files: .write_delta",
    "import pandas as pd\npd.read_csv('https://a.b/c.csv')": "uses the network: read_csv of an address",
    "u = f'https://{host}/c'\ndf = pandas.read_json(u)": "uses the network: read_json of an address",
    "from sklearn.datasets import fetch_openml": "uses the network: sklearn.datasets.fetch_openml",
    "import nltk\nnltk.download('punkt')": "uses the network: nltk.download",
    "from concurrent.futures import process": "starts or ends processes: concurrent.futures.process",
    "import sympy\nsympy.sympify(x)": "runs code that is made at run time: sympy.sympify",
    "from operator import methodcaller as m\nm('unlink')(p)": "deletes files: .unlink",
    "import operator as o\no.attrgetter(x)": (
        "reaches beyond what can be judged: attrgetter by a name that is not written out"
    ),
    "import contextlib\ncontextlib.chdir('/')": "looks at or changes the environment: contextlib.chdir",
    "def f(:": "is no Python that can be judged",
}


@pytest.mark.parametrize("code", HARMLESS)
def test_harmless_cells_need_not_be_seen(code):
    assert why_risky(code) == ""


@pytest.mark.parametrize(("code", "why"), RISKY.items())
def test_risky_cells_say_in_a_line_why(code, why):
    assert why_risky(code) == why


def test_one_line_names_every_kind_of_risk():
    code = "import os, requests\nos.remove('a'); os.unlink('b'); requests.get(u); eval(x); open('f', 'w')"
    why = why_risky(code)
    assert "\n" not in why
    assert why.startswith("uses the network: requests.get; deletes files: os.remove, os.unlink")
    assert why.endswith(" …")


def test_names_of_the_namespace_are_what_they_stand_for():
    def helper():
        os.getcwd()  # noqa: PTH109

    helper.__module__ = "__main__"
    assert why_risky("o.remove('x')", {"o": os}) == "deletes files: os.remove"
    assert (
        why_risky("helper()", {"helper": helper}) == "reaches beyond what can be judged: os, in your helper"
    )

    def keep(text):
        file.write(text)  # noqa: F821

    keep.__module__ = "__main__"
    assert why_risky("keep('x')", {"keep": keep}) == "writes files: write, in your keep"
    assert why_risky("gone('x')", {"gone": shutil.rmtree}) == "deletes files: gone, which is shutil.rmtree"
    assert why_risky("numbers.sort()", {"numbers": [2, 1]}) == ""


def written_in_the_notebook():
    """Names as cells of a notebook make them."""
    source = """
import os as o
from functools import partial
from pathlib import Path

class Store:
    def __init__(self): self.code = 1
    def clear(self): o.remove('file')
    def show(self): return self.code

class Plain:
    def __init__(self): self.requests = []

def clean(): o.remove('file')
def tidy(): return clean()
def keep(x): open('file', 'w').write(x)
def look(): return open('file').read()
store, plain = Store(), Plain()
read, write, run = open, Path('file').write_text, eval
gone = partial(o.remove, 'file')
shout = 'a'.upper
"""
    names = {"__name__": "__main__"}
    exec(source, names)
    return names


@pytest.mark.parametrize(
    ("code", "why"),
    {
        "store.clear()": "reaches beyond what can be judged: o, in your store",
        "Store()": "reaches beyond what can be judged: o, in your Store",
        "tidy()": "reaches beyond what can be judged: o, in your tidy",
        "keep('file')": "writes files: open, in your keep, write, in your keep",
        "read('file')": "writes files: read, which is open",
        "write('file')": "writes files: write, which is pathlib.Path.write_text",
        "run('1')": "runs code that is made at run time: run, which is eval",
        "gone()": "deletes files: gone, which is os.remove",
        "look()": "",
        "plain.requests.append(Plain())": "",
        "shout()": "",
    }.items(),
)
def test_what_stands_behind_a_name_is_judged_with_it(code, why):
    assert why_risky(code, written_in_the_notebook()) == why


def test_the_scan_asks_no_object():
    class Trap:
        def __getattr__(self, name):
            raise AssertionError(name)

    assert "Trap" not in why_risky("trap.x + trap.y()", {"trap": Trap()})


@pytest.mark.parametrize(
    ("code", "touched"),
    [
        ("x = sorted(context)", []),
        ("open('f').read()", ["files (open)"]),
        ("from pathlib import Path\nPath('a').write_text('b')", ["files (write_text)"]),
        ("import requests\nrequests.get(u)", ["network (requests.get)"]),
        ("import time\nt = time.time()", ["time (time.time)"]),
        ("import random\nrandom.shuffle(x)", ["randomness (random.shuffle)"]),
        ("import numpy as np\nnp.random.default_rng()", ["randomness (np.random.default_rng)"]),
        ("!ls", ["processes (!ls)"]),
        ("x = Out[3] + _", ["outputs of earlier cells (_, Out)"]),
        ("y = _12", ["outputs of earlier cells (_12)"]),
        ("n = sum(1 for _ in xs if _)", []),
        ("def f(:", []),
    ],
)
def test_what_running_again_cannot_repeat_is_named(code, touched):
    assert touches(code) == touched
