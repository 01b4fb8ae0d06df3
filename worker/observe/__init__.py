"""Whoever looks on: log, metrics and progress, behind one Observer that can never stop a run."""

from worker.observe.health import Health
from worker.observe.log import Form, Log, libraries_heard, open_log
from worker.observe.metrics import Metrics
from worker.observe.observers import Observers
from worker.observe.progress import Progress, terminal, watching
from worker.observe.pulse import Pulse, ReadPulse
from worker.observe.pushed import push
from worker.observe.served import serving

__all__ = [
    "Form",
    "Health",
    "Log",
    "Metrics",
    "Observers",
    "Progress",
    "Pulse",
    "ReadPulse",
    "libraries_heard",
    "open_log",
    "push",
    "serving",
    "terminal",
    "watching",
]
