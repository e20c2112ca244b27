"""Documents read in a process of their own, while the caller does something else.

Loading the parser takes longer than reading an article, and neither lets other Python code of
the process run. A second process does both and sends back the claims.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import subprocess
import sys
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from coercivity.claims.parsing import MODEL_PACKAGES, load_parser
from coercivity.options import Options

if TYPE_CHECKING:
    from coercivity.catalogue import Pack
    from coercivity.claims.model import ClaimSet
    from coercivity.claims.vocabulary import Vocabulary
    from coercivity.documents.model import DocumentSet

__all__ = ["ApartReader", "serve"]

_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from coercivity.claims.apart import serve; serve()"
)
"""What the second process runs. It finds the same packages; it does not import the caller's main
module, as :mod:`multiprocessing` would, so that a script needs no guard."""


class ApartReader:
    """Reads documents in a process that starts at once; the result is that of ``extract``.

    The process is there only between ``with`` and the claims, and only where it can save time:
    with more than one thread, a parser installed, and none loaded in this process yet. In every
    other case, and if the process fails in any way, :meth:`claims` reads here, so that errors are
    those of :func:`~coercivity.claims.extraction.extract`.

    Parameters
    ----------
    options : Options, optional
        Progress is reported under the name ``claims``; one thread means no further process.

    Examples
    --------
    >>> with ApartReader(Options(threads=1)) as reader:
    ...     reader.is_apart
    False
    """

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._process: subprocess.Popen[bytes] | None = None
        self._answer: Future[bytes] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._given: tuple[DocumentSet, Pack] | None = None
        self._vocabulary: Vocabulary | None = None

    @property
    def is_apart(self) -> bool:
        """Whether a second process reads, or is getting ready to."""
        return self._process is not None

    @property
    def is_reading(self) -> bool:
        """Whether the second process is at work on documents handed over."""
        return self._answer is not None and not self._answer.done()

    def __enter__(self) -> Self:
        if self._options.n_threads > 1 and sys.executable and _must_load_parser():
            self._process = _started()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self, docset: DocumentSet, pack: Pack) -> None:
        """Hand the documents over; returns before they are read.

        Parameters
        ----------
        docset : DocumentSet
        pack : Pack

        Raises
        ------
        InputError
            If the pack's ``vocabulary.yaml`` is not valid.
        """
        from coercivity.claims.vocabulary import load_vocabulary

        self._given = (docset, pack)
        if self._process is None:
            return
        self._options.progress("claims", 0.0)
        self._vocabulary = load_vocabulary(pack)
        request = pickle.dumps((docset, self._vocabulary))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="documents")
        self._answer = self._thread.submit(_asked, self._process, request)

    def claims(self) -> ClaimSet:
        """Wait for the claims of the documents handed over.

        Returns
        -------
        ClaimSet
            As from :func:`~coercivity.claims.extraction.extract`.

        Raises
        ------
        ValueError
            If no documents were handed over.
        """
        from coercivity.claims.extraction import extract

        if self._given is None:
            raise ValueError("claims() was called before start()")
        found = self._received()
        self.close()
        return extract(*self._given, options=self._options) if found is None else found

    def close(self) -> None:
        """End the process, whatever it is doing; nothing is left of it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
        if self._thread is not None:
            self._thread.shutdown(wait=True)
            self._thread = self._answer = None
        if process is not None:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None and not stream.closed:
                    stream.close()

    def _received(self) -> ClaimSet | None:
        """Claims from the second process; None if there is no such process or it failed."""
        if self._answer is None:
            return None
        answer = self._answer.result()
        if not answer:
            warnings.warn("the process that reads documents failed: reading here", stacklevel=3)
            return None
        self._options.progress("claims", 1.0)
        claims: ClaimSet = pickle.loads(answer)
        return replace(claims, vocabulary=self._vocabulary)


def _must_load_parser() -> bool:
    """Whether a parser is installed that this process has not loaded."""
    if load_parser.cache_info().currsize:
        return False
    return any(importlib.util.find_spec(package) is not None for package in MODEL_PACKAGES)


def _started() -> subprocess.Popen[bytes] | None:
    """Start the second process; None where the system does not let us."""
    command = [sys.executable, "-c", _START, json.dumps(sys.path)]
    try:
        # In a group of its own, an interrupt from the keyboard reaches this process alone, which
        # then ends the other without a second traceback.
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
        )
    except OSError:
        return None


def _asked(process: subprocess.Popen[bytes], request: bytes) -> bytes:
    """Send a request and return the answer; empty if the process did not give a whole one."""
    try:
        answer, _ = process.communicate(request)
    except (OSError, ValueError):
        return b""
    return answer if process.returncode == 0 else b""


def serve() -> None:
    """Read one set of documents: the request on standard input, the claims on standard output.

    The parser is loaded before the request is there. Without one, nothing is done: the process
    that asked has gone.
    """
    with os.fdopen(os.dup(1), "wb") as answer:
        # Whatever a library prints must not run into the answer.
        os.dup2(2, 1)
        load_parser()
        from coercivity.claims.extraction import read_claims

        request = sys.stdin.buffer.read()
        if request:
            docset, vocabulary = pickle.loads(request)
            claims = read_claims(docset, vocabulary)
            answer.write(pickle.dumps(replace(claims, vocabulary=None)))
