"""Whether a campaign's directory outlives the pod that works it, and its files handed out to another place.

Decides the words of the warning, and which places a report may not be sent to. Whether storage vanishes is `mounts`'
matter.
"""

from pathlib import Path

from config.values import is_postgres
from worker import mounts
from worker.errors import NotDurable, UsageWrong
from worker.place import Place
from worker.ports import Books
from worker.report.files import replacing


def warning(directory: Path, table: str, *, in_a_pod: bool) -> tuple[str, ...]:
    """Said before the work begins: this pod's end would be the ledger's, and nobody could say what was deleted."""
    storage = mounts.vanishing(directory.resolve(), table) if in_a_pod else None
    if storage is None:
        return ()
    beware = f"{directory} is on {storage}, which vanishes with this pod, and with it the account of what was deleted"
    return (f"{beware}: mount a persistent volume there",)


def here(directory: Path, ledger: str) -> tuple[str, ...]:
    """The warning for this process and this machine; a ledger in a database lies elsewhere, and so does the account."""
    if is_postgres(ledger):
        return ()
    return warning(directory, mounts.table(), in_a_pod=mounts.in_a_pod())


def made(directory: Path, place: Place) -> Path:
    """The directory for a copy of the files, made if need be; `UsageWrong` if it is the campaign's own."""
    if directory.resolve() == place.directory.resolve():
        raise UsageWrong(f"{directory} is the campaign's own directory", "leave --to out, or name another place")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotDurable(f"{directory} cannot be made: {error.strerror}", "name another place with --to") from error
    return directory


def copy_page(place: Place, directory: Path) -> None:
    """The page for people, if there is one."""
    if place.page.exists():
        with replacing(directory / place.page.name) as file:
            file.write(place.page.read_text("utf-8"))


def copy_audit(books: Books, place: Place, directory: Path) -> None:
    """The audit log, from the ledger: no half line of a running campaign shows in it. `NotDurable` if it fails."""
    with replacing(directory / place.audit.name) as file:
        file.writelines(line.decode() + "\n" for line in books.lines())
