"""What a campaign's books say, for people and programs: files, and pages for a terminal or a mail."""

from worker.report.account import as_json, summarise
from worker.report.advice import advice
from worker.report.files import write
from worker.report.notice import Notice, notice
from worker.report.table import table

__all__ = ["Notice", "advice", "as_json", "notice", "summarise", "table", "write"]
