"""What is known of modules, functions and methods: which do no harm, and what the others do."""

from __future__ import annotations

import re
from collections.abc import Mapping

FILES_DELETED = "deletes files"
FILES_WRITTEN = "writes files"
PROCESSES = "starts or ends processes"
NETWORK = "uses the network"
ENVIRONMENT = "looks at or changes the environment"
CODE = "runs code that is made at run time"
REACHES = "reaches beyond what can be judged"
UNLISTED = "uses a module that is not known to be harmless"

HARMLESS = frozenset({
    "abc", "array", "ast", "base64", "binascii", "bisect", "calendar", "cmath", "collections", "colorsys",
    "concurrent", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum",
    "fractions", "functools", "gzip", "bz2", "lzma", "hashlib", "heapq", "html", "io", "itertools", "json",
    "keyword", "locale", "math", "numbers", "operator", "pathlib", "pprint", "random", "re", "secrets",
    "statistics", "string", "struct", "textwrap", "time", "timeit", "tokenize", "traceback", "types",
    "typing", "unicodedata", "uuid", "warnings", "zlib", "zoneinfo", "glob", "fnmatch", "asyncio",
    "numpy", "pandas", "polars", "scipy", "sklearn", "matplotlib", "seaborn", "plotly", "networkx",
    "sympy", "pydantic", "tqdm", "tabulate", "rapidfuzz", "nltk", "dateutil", "pytz", "rlm_kernel",
    "typing_extensions", "xml", "email", "logging", "graphlib", "codecs", "reprlib", "IPython",
})  # fmt: skip
"""Modules that do nothing to the world by themselves; what some of their functions do is told below."""

PARTLY: Mapping[str, frozenset[str]] = {
    "os": frozenset({
        "path", "sep", "linesep", "listdir", "getcwd", "fspath", "walk", "scandir", "stat", "cpu_count",
        "name", "pathsep", "extsep", "PathLike", "getpid", "curdir", "pardir",
    }),
    "io": frozenset({
        "StringIO", "BytesIO", "IOBase", "TextIOBase", "TextIOWrapper", "BufferedReader", "open",
    }),
    "sys": frozenset({
        "getsizeof", "maxsize", "version", "version_info", "byteorder", "stdout", "stderr", "platform",
        "float_info", "int_info", "getrecursionlimit",
    }),
    "shutil": frozenset({"disk_usage", "which", "get_terminal_size"}),
    "urllib": frozenset({"parse"}),
    "urllib.parse": frozenset({
        "quote", "quote_plus", "unquote", "unquote_plus", "urlencode", "urljoin", "urlparse", "urlsplit",
        "urlunparse", "parse_qs", "parse_qsl",
    }),
    "asyncio": frozenset({
        "gather", "sleep", "run", "wait", "wait_for", "create_task", "Semaphore", "Queue", "Lock", "Event",
        "TimeoutError", "as_completed", "to_thread", "timeout", "TaskGroup", "Task", "CancelledError",
    }),
    "types": frozenset({"SimpleNamespace", "MappingProxyType", "NoneType", "ModuleType", "GeneratorType"}),
    "ast": frozenset({"literal_eval", "parse", "walk", "dump"}),
    "IPython": frozenset({"display"}),
    "IPython.display": frozenset({
        "display", "Markdown", "HTML", "clear_output", "JSON", "Pretty", "Latex", "Code", "Image", "SVG",
    }),
}  # fmt: skip
"""Modules of which only these names do no harm."""

DOES: Mapping[str, str] = {
    **dict.fromkeys(("shutil.rmtree", "os.remove", "os.unlink", "os.rmdir", "os.removedirs"), FILES_DELETED),
    **dict.fromkeys(
        ("os.mkdir", "os.makedirs", "os.rename", "os.renames", "os.replace", "os.link", "os.symlink",
         "os.truncate", "os.chmod", "os.chown", "os.open", "os.write", "os.utime", "os.mkfifo",
         "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree", "shutil.move",
         "shutil.make_archive", "shutil.unpack_archive", "logging.FileHandler", "tempfile", "numpy.save",
         "numpy.savetxt",
         "numpy.savez", "numpy.savez_compressed", "sqlite3", "dbm", "shelve", "zipfile", "tarfile",
         "pathlib.Path.rename", "pathlib.Path.replace", "gzip.GzipFile", "bz2.BZ2File", "lzma.LZMAFile",
         "numpy.memmap", "numpy.lib", "pandas.ExcelWriter", "pandas.HDFStore", "logging.handlers",
         "scipy.io.wavfile.write", "scipy.io.mmwrite"),
        FILES_WRITTEN,
    ),
    **dict.fromkeys(
        ("subprocess", "multiprocessing", "pty", "signal", "os.system", "os.popen", "os.kill", "os.killpg",
         "os.fork", "os.forkpty", "os._exit", "os.abort", "os.posix_spawn", "os.spawnl", "os.spawnv",
         "os.execl", "os.execv", "os.execvp", "os.startfile", "sys.exit", "asyncio.create_subprocess_exec",
         "asyncio.create_subprocess_shell", "concurrent.futures.ProcessPoolExecutor",
         "concurrent.futures.process", "psutil"),
        PROCESSES,
    ),
    **dict.fromkeys(
        ("socket", "ssl", "requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http", "ftplib",
         "smtplib", "imaplib", "poplib", "telnetlib", "xmlrpc", "socketserver", "websocket", "websockets",
         "paramiko", "boto3", "botocore", "google", "openai", "anthropic", "litellm", "webbrowser",
         "selenium", "playwright", "asyncio.open_connection", "huggingface_hub", "datasets", "git",
         "pandas.read_sql", "pandas.read_sql_query", "pandas.read_sql_table", "pandas.read_gbq",
         "polars.read_database", "polars.read_database_uri", "seaborn.load_dataset", "scipy.datasets",
         "numpy.DataSource"),
        NETWORK,
    ),
    **dict.fromkeys(
        ("os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv", "os.chdir", "os.umask",
         "sys.path", "sys.argv", "contextlib.chdir", "locale.setlocale", "dotenv", "getpass",
         "keyring", "pwd", "grp"),
        ENVIRONMENT,
    ),
    **dict.fromkeys(
        ("pickle", "dill", "cloudpickle", "joblib", "marshal", "code", "codeop", "runpy", "importlib",
         "ctypes", "cffi", "pandas.read_pickle", "pandas.eval", "numpy.load", "timeit.timeit",
         "timeit.repeat", "timeit.Timer", "types.FunctionType", "types.CodeType", "logging.config",
         "numpy.f2py", "numpy.ctypeslib", "sympy.sympify", "sympy.parse_expr", "sympy.parsing",
         "sympy.lambdify", "pydantic.ImportString"),
        CODE,
    ),
    **dict.fromkeys(
        ("builtins", "inspect", "gc", "sys.modules", "sys._getframe", "sys.settrace", "sys.setprofile",
         "ast.NodeTransformer"),
        REACHES,
    ),
}  # fmt: skip
"""What functions, and whole modules, do; a name below one of these does the same."""

METHODS: Mapping[str, str] = {
    **dict.fromkeys(("unlink", "rmdir", "rmtree"), FILES_DELETED),
    **dict.fromkeys(
        ("write_text", "write_bytes", "mkdir", "touch", "symlink_to", "hardlink_to", "chmod", "rename_to",
         "to_excel", "to_parquet", "to_pickle", "to_sql", "to_feather", "to_hdf", "to_stata", "to_orc",
         "imsave", "tofile", "dump"),
        FILES_WRITTEN,
    ),
    "to_gbq": NETWORK,
    "to_clipboard": REACHES,
    **dict.fromkeys(("run_cell", "run_line_magic", "run_cell_magic", "system", "getoutput"), CODE),
    "eval": CODE,
}  # fmt: skip
"""What methods of these names do, whatever they are methods of."""

BEGINNINGS: Mapping[str, str] = {
    **dict.fromkeys(("write_", "sink_", "save"), FILES_WRITTEN),
    **dict.fromkeys(("fetch_", "download", "upload"), NETWORK),
}
"""What methods do whose names begin so."""

WRITES_ON = frozenset({"write", "writelines", "truncate"})
"""Methods that write into whatever is open."""
BUFFERS = frozenset({"StringIO", "BytesIO"})
"""What is no file, however it is written into."""

READS_ADDRESS = ("read_", "scan_", "load", "genfromtxt")
"""How functions begin that read a file or an address, as they are told."""
ADDRESS = re.compile(r"(https?|ftps?|s3|gs|gcs|abfs|az|hf)://", re.IGNORECASE)

WRITES_IF_GIVEN = frozenset(
    {"to_csv", "to_json", "to_html", "to_latex", "to_markdown", "to_string", "to_xml"}
)
"""Methods that write where they are told a file, and return a text where not."""

FUNCTIONS: Mapping[str, str] = {
    **dict.fromkeys(("eval", "exec", "compile", "__import__", "execfile"), CODE),
    **dict.fromkeys(
        ("globals", "locals", "vars", "__builtins__", "__loader__", "__spec__", "breakpoint"), REACHES
    ),
    "get_ipython": CODE,
    **dict.fromkeys(("exit", "quit"), PROCESSES),
}
"""What builtin functions do."""

NAMED = frozenset({"getattr", "setattr", "delattr", "hasattr"})
"""Builtin functions that are given the name of an attribute."""
GETTERS = frozenset({"attrgetter", "methodcaller"})
"""Functions of `operator` that are."""

DUNDERS = frozenset({
    "__name__", "__doc__", "__version__", "__init__", "__len__", "__post_init__", "__file__", "__str__",
    "__repr__", "__eq__", "__hash__", "__iter__", "__enter__", "__exit__", "__annotations__", "__future__",
})  # fmt: skip
"""Names with two underscores that lead nowhere."""

LEADING_OUT = frozenset({
    "os", "sys", "shutil", "subprocess", "socket", "builtins", "importlib", "ctypes", "posix", "modules",
})  # fmt: skip
"""Attributes by which one module leads to another that is not harmless."""

READS_FILES = frozenset({
    "read_text", "read_bytes", "read_csv", "read_json", "read_parquet", "read_excel", "read_html", "loadtxt",
    "genfromtxt", "glob", "rglob", "iterdir", "listdir", "walk", "scandir", "stat",
    "exists", "is_file", "is_dir",
})  # fmt: skip
TIME = frozenset({
    "time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "now", "utcnow", "today", "localtime",
    "gmtime", "ctime", "strftime", "process_time",
})  # fmt: skip
RANDOM = frozenset({"random", "secrets", "uuid"})
"""Modules of which everything is random."""
RANDOM_METHODS = frozenset({
    "shuffle", "sample", "randint", "randn", "rand", "choice", "choices", "default_rng", "permutation",
    "normal", "uniform", "uuid1", "uuid4", "token_hex", "urandom",
})  # fmt: skip

EARLIER_OUTPUT = re.compile(r"Out|In|_oh|_ih|_{1,3}|_i{0,3}|_i?\d+")
"""Names under which IPython keeps what earlier cells showed, and their code."""
