"""The long input of a run: find it, describe it to the model, recognise it again."""

from rlm_kernel.context.describe import Description, describe
from rlm_kernel.context.documents import Document, Documents
from rlm_kernel.context.fingerprint import fingerprint
from rlm_kernel.context.resolve import Context, resolve
from rlm_kernel.context.sizes import parse_size

__all__ = [
    "Context",
    "Description",
    "Document",
    "Documents",
    "describe",
    "fingerprint",
    "parse_size",
    "resolve",
]
