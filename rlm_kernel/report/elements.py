"""HTML elements for outputs of notebooks.

There are four kinds of front end to be right in.  JupyterLab shows what it trusts as it
is.  What it does not trust it sanitises: it keeps most tags and inline styles, and drops
``role``, ``aria-*`` and every style value with a ``var(…)`` in it.  nbviewer and VS Code
know inline styles but no ``--jp-…`` variable, so each has a fallback that fits light and
dark.  GitHub drops all styles: the bare elements, in their order, must read well.

So: meaning is in tags and words, dimming is `opacity` (which needs no variable), and
colours are only ever additions.

All of them typeset what stands between two dollar signs, also in HTML, unless there is a
tag between: so each dollar sign has a tag of its own.
"""

from __future__ import annotations

import html
import re

from rlm_kernel.report.plain import plain

ACCENT = "var(--jp-brand-color1, #1976d2)"
WARN = "var(--jp-warn-color0, #b36200)"
ERROR = "var(--jp-error-color1, #c62828)"
SUCCESS = "var(--jp-success-color0, #2e7d32)"
RULE = "rgba(128,128,128,0.25)"
NO_MATH = "mathjax_ignore tex2jax_ignore"
"""The classes of what MathJax leaves alone."""
MONO = "font-family:var(--jp-code-font-family, monospace)"
CONTENT = "font-family:var(--jp-content-font-family, system-ui, sans-serif)"
DIM = "opacity:0.7"
TABULAR = "font-variant-numeric:tabular-nums"

_CODE_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_BOLD = re.compile(r"\*\*(?=[^\s*])([^*\n]*[^\s*])\*\*")
_ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])")


def element(tag: str, *content: str, style: str = "", **attributes: object) -> str:
    """An element whose `content` is HTML already; attribute values are escaped here.

    A trailing underscore of an attribute's name is dropped, inner ones become hyphens;
    a value of True gives the bare attribute, None and False leave it out.
    """
    words = [tag]
    if style:
        words.append(f'style="{html.escape(style)}"')
    for name, value in attributes.items():
        spelled = name.rstrip("_").replace("_", "-")
        if value is True:
            words.append(spelled)
        elif value is not None and value is not False:
            words.append(f'{spelled}="{html.escape(plain(str(value))).replace("$", "&#36;")}"')
    return f"<{' '.join(words)}>{''.join(content)}</{tag}>"


def words(text: str, limit: int | None = None) -> str:
    """`text` that anybody may have written, as HTML."""
    return html.escape(plain(text, limit)).replace("$", "<span>&#36;</span>")


def coloured(declaration: str, colour: str) -> str:
    """`declaration` (``color:{}``) in a colour from above, after the plain one that sanitisers keep."""
    fallback = colour.removesuffix(")").rpartition(", ")[2]
    return f"{declaration.format(fallback)};{declaration.format(colour)}"


def prose(text: str, limit: int | None = None) -> str:
    """`words`, with the marks of Markdown that a sentence of a model may have: `code`, **bold**, *italic*.

    No other mark is obeyed: links and images are what could tell a stranger something.
    """
    pieces = _CODE_SPAN.split(words(text, limit))
    code = "font-size:0.95em;padding:0 3px;border-radius:2px;"
    return "".join(
        element("code", piece, style=code + MONO) if number % 2 else _emphasised(piece)
        for number, piece in enumerate(pieces)
    )


def _emphasised(escaped: str) -> str:
    return _ITALIC.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", escaped))


def dim(*content: str) -> str:
    """Secondary text."""
    return element("span", *content, style=DIM)


def progress(value: float, maximum: float, label: str) -> str:
    """A progress bar; `label` is its name for screen readers."""
    style = (
        f"flex:1 1 120px;width:120px;min-width:60px;height:8px;accent-color:{ACCENT};vertical-align:middle"
    )
    return element(
        "progress", style=style, value=f"{value:g}", max=f"{maximum:g}", aria_label=label, title=label
    )


def code_block(code: str, limit: int) -> str:
    """A block of code, scrolling sideways."""
    style = (
        f"margin:0;padding:6px 8px;border:1px solid {RULE};border-radius:2px;"
        "background:var(--jp-cell-editor-background, transparent);"
        f"overflow:auto;white-space:pre;line-height:1.4;font-size:var(--jp-code-font-size, 13px);{MONO}"
    )
    inner = element("code", words(code, limit), style="background:transparent;padding:0;white-space:pre")
    return element("pre", inner, style=style)


def fold(summary: str, *content: str, open_: bool = False) -> str:
    """A disclosure; `summary` and `content` are HTML."""
    head = element("summary", summary, style="cursor:pointer")
    return element("details", head, *content, style="margin:0", open=open_)
