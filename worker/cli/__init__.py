"""The door for people and jobs: `amili-purge COMMAND`.

Decides how words become a command and how its result is shown; never what a campaign does. What is heavy is imported
by the command that needs it, so that help is there at once.
"""

from worker.cli.door import main

__all__ = ["main"]
