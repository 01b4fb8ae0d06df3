"""Where rows come from: one module a format, behind one way to open them."""

from worker.sources.files import FileSource, SourceOptions, open_source
from worker.sources.protect import read_protected

__all__ = ["FileSource", "SourceOptions", "open_source", "read_protected"]
