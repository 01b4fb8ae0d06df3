"""Whoever looks on: log, metrics and progress, behind one Observer that can never stop a run."""

from worker.observe.log import Form, Log, libraries_heard, open_log
from worker.observe.metrics import Metrics, serving
from worker.observe.observers import Observers
from worker.observe.progress import Progress, terminal, watching
from worker.observe.pulse import Pulse, ReadPulse

__all__ = [
    "Form",
    "Log",
    "Metrics",
    "Observers",
    "Progress",
    "Pulse",
    "ReadPulse",
    "libraries_heard",
    "open_log",
    "serving",
    "terminal",
    "watching",
]
