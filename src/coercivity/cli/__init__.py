"""The command line: ``coercivity NOUN VERB``, one module a noun.

Data goes to standard output, progress and warnings to standard error. Rooms are
imported inside the commands, so that ``--help`` answers at once.
"""

from coercivity.cli.root import app
from coercivity.cli.running import main

__all__ = ["app", "main"]
