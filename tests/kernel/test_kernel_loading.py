"""Loading is silent and cheap, unloading leaves no trace, and the `rlm` kernel has it loaded."""

from __future__ import annotations

from live_kernel import SETUP, ask

SNAPSHOT = """
def traces():
    import builtins
    shell = get_ipython()
    kernel = shell.kernel
    return {
        "builtins": sorted(vars(builtins)),
        "magics": {kind: sorted(names) for kind, names in shell.magics_manager.magics.items()},
        "configurables": sorted(type(c).__name__ for c in shell.configurables),
        "execute": "do_execute" in vars(kernel),
        "shell": sorted(vars(shell)),
        "control": sorted(kernel.control_handlers),
        "comms": sorted(getattr(getattr(kernel, "comm_manager", None), "targets", {})),
        "events": {name: len(callbacks) for name, callbacks in shell.events.callbacks.items()},
        "transformers": len(shell.input_transformer_manager.token_transformers),
        "rlm": "_rlm" in shell.user_ns,
    }
"""


def test_loading_is_silent_and_imports_nothing_heavy(new_kernel):
    kernel = new_kernel()
    reply = kernel.run("%load_ext rlm_kernel")
    assert reply.status == "ok"
    assert reply.outputs == []
    heavy = ["litellm", "pydantic", "nbformat", "pandas", "openai", "httpx", "aiohttp", "rlm_kernel.session"]
    assert kernel.value(f"[m for m in {heavy} if m in __import__('sys').modules]") == []
    assert kernel.value("callable(llm_query)") is True


def test_loading_opens_no_socket(new_kernel):
    kernel = new_kernel()
    kernel.run(
        "import sys; opened = []; sys.addaudithook(lambda e, a: e.startswith('socket.connect') and opened.append(a))"
    )
    kernel.run("%load_ext rlm_kernel")
    assert kernel.value("opened") == []


def test_loading_twice_is_loading_once(new_kernel):
    kernel = new_kernel()
    kernel.run(SNAPSHOT)
    kernel.run("%load_ext rlm_kernel\nonce = traces()")
    kernel.run("%load_ext rlm_kernel\n%reload_ext rlm_kernel\ntwice = traces()")
    assert kernel.value("twice") == kernel.value("once")


def test_unloading_leaves_no_trace_also_after_a_run(new_kernel):
    kernel = new_kernel()
    kernel.run("%load_ext storemagic\n" + SNAPSHOT)  # any extension: the first brings magics of IPython's own
    kernel.run("before = traces()")
    kernel.run("%load_ext rlm_kernel")
    kernel.run("from kernel_side import *")
    ask(kernel, "finish('1')", line="-m scripted")
    assert kernel.value("result") == 1
    assert kernel.run("%unload_ext rlm_kernel").outputs == []
    kernel.run("after = traces()")
    before, after = kernel.value("before"), kernel.value("after")
    assert {key: after[key] for key in before if after[key] != before[key]} == {}
    assert kernel.run("llm_query('a')").content["ename"] == "NameError"
    assert kernel.run("%%rlm\nq").status == "error"


def test_it_can_be_loaded_again(new_kernel):
    kernel = new_kernel()
    kernel.run("%load_ext rlm_kernel")
    kernel.run("%unload_ext rlm_kernel")
    kernel.run(SETUP)
    ask(kernel, "finish('1')", line="-m scripted")
    assert kernel.value("result") == 1


def test_the_rlm_kernel_has_it_loaded(new_kernel):
    kernel = new_kernel(spec="rlm")
    assert kernel.value("'rlm' in get_ipython().magics_manager.magics['cell']") is True
    kernel.run("from kernel_side import *")
    ask(kernel, "finish('1')", line="-m scripted")
    assert kernel.value("result") == 1
