"""What an application still lacks, all of it at once, by the task that puts it right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from coercivity.desk import packs
from coercivity.desk.licensing.certificate import check_of
from coercivity.desk.licensing.models import Application
from coercivity.errors import CoercivityError, Problem
from coercivity.units import compatible

__all__ = ["TASKS", "Defect", "defects_of"]

TASKS: Final = (
    ("parties", "Who takes part"),
    ("goods", "What is exported"),
    ("use", "Where it goes and what for"),
    ("certificate", "End-user certificate"),
    ("documents", "Documents"),
)
"""Tasks of an application with their words, in the order in which they are done."""


@dataclass(frozen=True)
class Defect:
    """One thing that keeps an application from being handed in.

    Parameters
    ----------
    task : str
        Task that puts it right; a key of :data:`TASKS`.
    problem : Problem
        What is wrong and what to do.
    """

    task: str
    problem: Problem


def defects_of(case: Application) -> list[Defect]:
    """Return every defect of an application, in the order of the tasks."""
    return [Defect(task, problem) for task, _ in TASKS for problem in _CHECKS[task](case)]


def _parties(case: Application) -> Iterator[Problem]:
    known = {party.role for party in case.parties.all()}
    for role, words in (("consignee", "consignee"), ("end_user", "end user")):
        if role not in known:
            yield Problem(f"no {words} is named", hint=f"name the {words}")


def _goods(case: Application) -> Iterator[Problem]:
    lines = list(case.lines.all())
    if not lines:
        yield Problem("no goods are named", hint="add at least one line")
    if case.kind == "individual" and len({line.item for line in lines}) > 1:
        yield Problem(
            "an individual licence is for one item",
            expected="lines of one item",
            hint="apply once for each item",
        )
    for line in lines:
        where = f"line {line.number}"
        try:
            usual = packs.opened(case.pack).item(line.item).unit
        except CoercivityError as error:
            yield Problem(error.problem.what, where, error.problem.expected)
            continue
        if not compatible(line.unit, usual):
            yield Problem(f"{line.unit} does not measure this item", where, f"such as {usual}")


def _use(case: Application) -> Iterator[Problem]:
    if not case.origin or not case.destination:
        yield Problem("origin or destination is missing", hint="say where the goods go")
    elif case.origin == case.destination:
        yield Problem("the goods do not leave the country", expected="two different countries")
    if not case.end_use:
        yield Problem("the end use is missing", hint="say what the goods are for")
    if not case.end_use_text.strip():
        yield Problem(
            "the end use is not described", hint="describe the product and where it is made"
        )


def _certificate(case: Application) -> Iterator[Problem]:
    found = check_of(case)
    if found is None:
        yield Problem(
            "the end-user certificate is not filled in", hint="copy its fields from the document"
        )
        return
    yield from (defect.problem for defect in found.defects)


def _documents(case: Application) -> Iterator[Problem]:
    kinds = {document.kind for document in case.documents.all()}
    for kind, words in (("end_user_certificate", "end-user certificate"), ("contract", "contract")):
        if kind not in kinds:
            yield Problem(f"the {words} is not among the documents", hint=f"upload the {words}")


_CHECKS: Final[dict[str, Callable[[Application], Iterator[Problem]]]] = {
    "parties": _parties,
    "goods": _goods,
    "use": _use,
    "certificate": _certificate,
    "documents": _documents,
}
