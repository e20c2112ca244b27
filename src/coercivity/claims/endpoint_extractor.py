"""An example plug-in: claims proposed by a language model behind an OpenAI-compatible endpoint.

It is off unless ``--extractor endpoint`` is given, needs nothing but the standard library, and is
bound by the contract of :mod:`coercivity.claims.plugins`: what it proposes counts only where its
words stand in the text. Address, model and key come from the environment or from
:class:`Endpoint`.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from coercivity.claims.model import FRAMES
from coercivity.claims.plugins import ProposedClaim, ProposedSlot
from coercivity.documents.model import Document
from coercivity.errors import InputError, UsageError

__all__ = ["Endpoint", "propose"]

LONGEST_PART = 12_000
"""Code points of a document sent in one request."""

LARGEST_ANSWER = 4 * 2**20
"""Bytes of an answer that are read before it is refused."""

NOWHERE = -1
"""Start of a proposal whose words were not found; no text has it, so the contract refuses it."""

_READABLE = frozenset({"body", "teaser", "title"})
_INSTRUCTION = (
    "List what the text states, denies or asks about export controls and supply. Answer with one "
    'JSON object {"claims": [...]} and nothing else. Each claim has "exact" (its words, copied '
    'from the text character for character), "frame" (one of FRAMES), "polarity" (affirmed, '
    'negated or questioned), "modality" (actual, possible, planned, demanded or hypothetical) and '
    '"slots", a list of {"name", "value", "exact"} with names such as actor, recipient, item, '
    "destination. Whatever stands in a question is questioned. Leave out what is not in the text."
)


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, and for how long to wait.

    Parameters
    ----------
    url : str
        Base address that ``/chat/completions`` is added to, such as ``http://127.0.0.1:8000/v1``.
    model : str
        Name the server knows.
    key : str
        Sent as bearer token; it never appears in a message. Empty for none.
    timeout_s : float
        Seconds for one request, from the first byte sent to the last received.
    """

    url: str
    model: str
    key: str = ""
    timeout_s: float = 60.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"{self.url!r} is no address of a server",
                where="COERCIVITY_ENDPOINT_URL",
                expected="http:// or https:// and a host, such as http://127.0.0.1:8000/v1",
            )
        if parts.username or parts.password:
            raise UsageError(
                "the address holds a user or a password",
                where="COERCIVITY_ENDPOINT_URL",
                expected="the key in COERCIVITY_ENDPOINT_KEY",
            )
        if not self.timeout_s > 0:
            raise UsageError(
                "the time limit is not above zero", where="COERCIVITY_ENDPOINT_TIMEOUT"
            )

    def __repr__(self) -> str:
        return f"Endpoint(url={self.url!r}, model={self.model!r}, timeout_s={self.timeout_s})"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Endpoint:
        """Return the endpoint that the environment names.

        Parameters
        ----------
        environment : mapping of str to str, optional
            ``COERCIVITY_ENDPOINT_URL``, ``_MODEL``, ``_KEY`` and ``_TIMEOUT`` (seconds); the
            process's own by default.

        Raises
        ------
        UsageError
            If address or model is missing, or one of the four is not valid.
        """
        given = os.environ if environment is None else environment
        url, model = given.get("COERCIVITY_ENDPOINT_URL"), given.get("COERCIVITY_ENDPOINT_MODEL")
        if not url or not model:
            raise UsageError(
                "the endpoint is not configured",
                where="COERCIVITY_ENDPOINT_URL, COERCIVITY_ENDPOINT_MODEL",
                expected="an address such as http://127.0.0.1:8000/v1 and the name of a model",
                hint="set both in the environment",
            )
        limit = given.get("COERCIVITY_ENDPOINT_TIMEOUT", "60")
        try:
            seconds = float(limit)
        except ValueError:
            raise UsageError(
                f"{limit!r} is no number of seconds", where="COERCIVITY_ENDPOINT_TIMEOUT"
            ) from None
        return cls(url, model, given.get("COERCIVITY_ENDPOINT_KEY", ""), seconds)

    def __call__(self, document: Document) -> Iterator[ProposedClaim]:
        """Propose claims of a document.

        Raises
        ------
        InputError
            If the server cannot be reached, is too slow, or does not answer as it should.
        """
        for start, end in _parts(document):
            for row in self._claims_of(document.text[start:end]):
                yield _proposal(row, document.text, start, end)

    def _claims_of(self, text: str) -> list[Mapping[str, Any]]:
        """Ask about one part of a text and return the rows of the answer."""
        messages = [
            {"role": "system", "content": _INSTRUCTION.replace("FRAMES", ", ".join(FRAMES))},
            {"role": "user", "content": text},
        ]
        body = {"model": self.model, "messages": messages, "temperature": 0}
        answer = _json(self._post({**body, "response_format": {"type": "json_object"}}))
        try:
            content = answer["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            raise InputError(
                "the endpoint's answer holds no message",
                where=self.url,
                expected="choices[0].message.content",
            ) from None
        found = _json(content if isinstance(content, str) else "")
        rows = found.get("claims") if isinstance(found, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InputError(
                "the model's answer is not a list of claims",
                where=self.url,
                expected='{"claims": [{...}, ...]}',
            )
        return rows

    def _post(self, body: Mapping[str, Any]) -> str:
        """Send one request and return the text of the answer."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/chat/completions",
            data=json.dumps(body, ensure_ascii=False).encode("utf-8"),
            headers=headers,
            method="POST",
        )
        deadline = time.monotonic() + self.timeout_s
        try:
            with _OPENER.open(request, timeout=self.timeout_s) as answer:
                return _received(answer, deadline).decode("utf-8")
        except urllib.error.HTTPError as error:
            # The body may repeat the request and its key: only the status is told.
            with error:
                what = f"the endpoint answered {error.code} {error.reason}"
        except TimeoutError:
            what = f"the endpoint did not answer within {self.timeout_s:g} s"
        except UnicodeDecodeError:
            what = "the endpoint's answer is not UTF-8"
        except urllib.error.URLError as error:
            slow = isinstance(error.reason, TimeoutError)
            late = f"the endpoint did not answer within {self.timeout_s:g} s"
            what = late if slow else f"the endpoint cannot be reached ({error.reason})"
        except (OSError, HTTPException) as error:
            what = f"the endpoint broke off ({type(error).__name__})"
        raise InputError(
            what,
            where=self.url,
            expected="a server that answers POST /chat/completions",
            hint="check address, model and key, or allow more time",
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the key must not travel to another server."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Return nothing, which makes the redirect an error with its status."""


_OPENER = urllib.request.build_opener(_NoRedirect)


def _received(answer: Any, deadline: float) -> bytes:
    """Read an answer in pieces, so that neither a slow nor an endless one holds us."""
    found = bytearray()
    while piece := answer.read1(65_536):
        found += piece
        if len(found) > LARGEST_ANSWER:
            raise InputError(
                f"the endpoint's answer is longer than {LARGEST_ANSWER} bytes",
                expected="a shorter answer",
            )
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(found)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(
            "the endpoint's answer is not JSON",
            expected="one JSON object",
            hint="try another model",
        ) from None


def _parts(document: Document) -> Iterator[tuple[int, int]]:
    """Cut a document into ranges of whole blocks that are worth reading."""
    start = end = -1
    for block in document.blocks:
        if block.kind not in _READABLE:
            continue
        if start >= 0 and block.end - start > LONGEST_PART:
            yield start, end
            start = -1
        start, end = (block.start if start < 0 else start), block.end
        while end - start > LONGEST_PART:
            yield start, start + LONGEST_PART
            start += LONGEST_PART
    if start >= 0:
        yield start, end


def _proposal(row: Mapping[str, Any], text: str, start: int, end: int) -> ProposedClaim:
    """Turn one row of an answer into a proposal, with the places of its words."""
    first, last, exact = _placed(row, text, start, end)
    given = row.get("slots")
    slots = []
    for slot in given if isinstance(given, list) else ():
        if isinstance(slot, dict):
            inside = (first, last) if first >= 0 else (start, end)
            begin, stop, words = _placed(slot, text, *inside)
            slots.append(
                ProposedSlot(str(slot.get("name")), str(slot.get("value")), begin, stop, words)
            )
    return ProposedClaim(
        start=first,
        end=last,
        exact=exact,
        frame=str(row.get("frame")),
        polarity=str(row.get("polarity", "affirmed")),
        modality=str(row.get("modality", "actual")),
        slots=tuple(slots),
    )


def _placed(row: Mapping[str, Any], text: str, start: int, end: int) -> tuple[int, int, str]:
    """Return where the words of a row stand: where it says, or where they stand once."""
    exact = str(row.get("exact", ""))
    if type(row.get("start")) is int and type(row.get("end")) is int:
        return start + row["start"], start + row["end"], exact
    first = text.find(exact, start, end) if exact else -1
    if first < 0:
        return NOWHERE, NOWHERE, exact
    return first, first + len(exact), exact


def propose(document: Document) -> Iterator[ProposedClaim]:
    """Propose claims of a document through the endpoint that the environment names.

    Raises
    ------
    UsageError
        If the environment names none.
    InputError
        As calling an :class:`Endpoint`.
    """
    return Endpoint.from_environment()(document)
