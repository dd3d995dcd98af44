"""What a run looks like: pure functions of its events, for any place that can show text or HTML."""

from rlm_kernel.report.html import answer_html, card_html
from rlm_kernel.report.state import RunReport
from rlm_kernel.report.text import card_text

__all__ = ["RunReport", "answer_html", "card_html", "card_text"]
