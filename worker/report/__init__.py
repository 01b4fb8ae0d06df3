"""What a campaign's books say, for people and programs: files, and pages for a terminal or a mail."""

from worker.report.account import as_json, as_line, summarise
from worker.report.advice import advice, is_unbelieved
from worker.report.files import discard_rows, replacing, write, write_summary
from worker.report.notice import Notice, notice
from worker.report.table import table
from worker.report.termination import leave_word

__all__ = [
    "Notice",
    "advice",
    "as_json",
    "as_line",
    "discard_rows",
    "is_unbelieved",
    "leave_word",
    "notice",
    "replacing",
    "summarise",
    "table",
    "write",
    "write_summary",
]
