"""Change every date, scope and precedence in a pack's register, one at a time: is it noticed?

Usage: python -m tests.mutate_pack [--pack NAME] [--every N] [--json]

Each change makes another register in memory. It is caught if at least one case of
tests/cases/controls then fails. ``caught_share`` counts all cases; ``caught_by_answers`` leaves out
the cases that only restate a record's dates.
"""

import argparse
import json
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from coercivity.catalogue import open_pack
from coercivity.controls import ActionKind, Effect, MeasureType, build_register
from coercivity.controls.load import record_order
from coercivity.errors import CoercivityError
from support.control_cases import FIRST_PACK, cases, check, packs_with_cases

DAY = timedelta(days=1)
BY_RANK = sorted(Effect, key=lambda effect: effect.rank)
LISTS = (
    *("items", "origins", "destinations", "not_destinations"),
    *("end_uses", "end_users", "contains_any"),
)


@dataclass(frozen=True)
class Mutant:
    """One change: of what, to what, and the register it makes."""

    name: str
    register: object


def mutants(register):
    """Yield every single change of a date, a scope or a precedence."""
    for action in register.actions:
        for name, changed in _action_changes(action):
            yield Mutant(f"{action.id} {name}", _with_action(register, action, changed))
    for instrument in register.instruments.values():
        for name, changed in _instrument_changes(instrument):
            yield Mutant(f"{instrument.id} {name}", _with_instrument(register, changed))
        for measure in instrument.measures:
            for name, other in _measure_changes(measure, instrument):
                parts = tuple(other if m is measure else m for m in instrument.measures)
                changed = replace(instrument, measures=parts)
                yield Mutant(f"{measure.id} {name}", _with_instrument(register, changed))


def _action_changes(action):
    yield "left out", None
    for step in (-DAY, DAY):
        yield f"from {step.days:+d} day", replace(action, start=action.start + step)
        if action.until is not None:
            yield f"until {step.days:+d} day", replace(action, until=action.until + step)
        announced, recorded = action.announced_on + step, action.recorded_on + step
        yield (
            f"announced {step.days:+d} day",
            replace(action, announced_on=announced, recorded_on=recorded),
        )
    if action.until is not None:
        yield "without end", replace(action, until=None)
    if action.effect is not None:
        yield from ((f"effect {e}", replace(action, effect=e)) for e in _neighbours(action.effect))
    for name in ("destinations", "items", "end_users"):
        for value in getattr(action, name):
            rest = tuple(v for v in getattr(action, name) if v != value)
            yield f"{name} without {value}", replace(action, **{name: rest})
    if action.kind is ActionKind.SUSPEND:
        yield "repeals", replace(action, kind=ActionKind.REPEAL, until=None)
    if action.kind is ActionKind.REPEAL:
        yield "suspends", replace(action, kind=ActionKind.SUSPEND)


def _neighbours(effect):
    place = BY_RANK.index(effect)
    return [BY_RANK[n] for n in (place - 1, place + 1) if 0 <= n < len(BY_RANK)]


def _instrument_changes(instrument):
    for step in (-DAY, DAY):
        published = instrument.published_on + step
        yield f"published {step.days:+d} day", replace(instrument, published_on=published)
    if any(m.effect is not Effect.NONE for m in instrument.measures):
        other = "America/New_York" if instrument.zone != "America/New_York" else "UTC"
        yield f"zone {other}", replace(instrument, zone=other)


def _measure_changes(measure, instrument):
    for effect in _neighbours(measure.effect):
        yield f"effect {effect}", replace(measure, effect=effect)
    for name in LISTS:
        values = getattr(measure, name)
        for value in values:
            rest = tuple(v for v in values if v != value)
            yield f"{name} without {value}", replace(measure, **{name: rest})
        if len(values) > 1:
            yield f"{name} open", replace(measure, **{name: ()})
    if not measure.origins:
        yield "origins of the issuer only", replace(measure, origins=(instrument.jurisdiction,))
    if not measure.destinations:
        yield (
            "destinations without India",
            replace(measure, not_destinations=(*measure.not_destinations, "IN")),
        )
        yield "destinations of India only", replace(measure, destinations=("IN",))
    if measure.de_minimis_share is not None:
        for share in (None, measure.de_minimis_share * 0.9, measure.de_minimis_share * 1.1):
            yield f"de minimis {share}", replace(measure, de_minimis_share=share)
    if measure.ownership_share is not None:
        for share in (None, measure.ownership_share - 0.01, measure.ownership_share + 0.01):
            yield f"ownership {share}", replace(measure, ownership_share=share)
    if measure.type is MeasureType.RE_EXPORT_CONTROL:
        yield "no re-export control", replace(measure, type=MeasureType.EXPORT_LICENCE)


def _with_action(register, action, changed):
    rest = [a for a in register.actions if a is not action]
    together = tuple(sorted([*rest, changed] if changed else rest, key=record_order))
    return _changed(register, actions=together)


def _changed(register, **changes):
    other = replace(register, **changes, scopes={}, _memo={})
    other.__dict__["lookup"] = register.lookup
    return other


def _with_instrument(register, instrument):
    instruments = {**register.instruments, instrument.id: instrument}
    return _changed(register, instruments=instruments)


def is_caught(register, all_cases):
    """Whether at least one case fails, or the register cannot be read at all."""
    for place, case in enumerate(all_cases):
        try:
            check(case, register)
        except (AssertionError, CoercivityError):
            # The next change is often caught by the same case.
            all_cases.insert(0, all_cases.pop(place))
            return True
    return False


def measure(pack=FIRST_PACK, *, every=1):
    """Run the cases on every n-th mutant.

    Returns
    -------
    dict
        Counts, shares, and the names of the mutants that no case caught.
    """
    register = build_register(open_pack(pack))
    all_cases = cases(pack)
    for case in all_cases:
        check(case, register)
    answers = [case for case in all_cases if "act" not in case.values]
    records = [case for case in all_cases if "act" in case.values]
    missed, by_answers, n_mutants = [], 0, 0
    for number, mutant in enumerate(mutants(register)):
        if number % every:
            continue
        n_mutants += 1
        if is_caught(mutant.register, answers):
            by_answers += 1
        elif not is_caught(mutant.register, records):
            missed.append(mutant.name)
    return {
        "pack": pack,
        "cases": len(all_cases),
        "mutants": n_mutants,
        "caught_share": round(1 - len(missed) / n_mutants, 4),
        "caught_by_answers": round(by_answers / n_mutants, 4),
        "missed": missed,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pack", default="", help="one pack; all that have cases if left out")
    parser.add_argument("--every", type=int, default=1, help="only every n-th mutant")
    parser.add_argument("--json", action="store_true", help="print JSON, as always")
    chosen = parser.parse_args()
    names = [chosen.pack] if chosen.pack else packs_with_cases()
    found = [measure(name, every=chosen.every) for name in names]
    n_mutants = sum(row["mutants"] for row in found)
    n_missed = sum(len(row["missed"]) for row in found)
    print(
        json.dumps(
            {
                "caught_share": round(1 - n_missed / n_mutants, 4),
                "mutants": n_mutants,
                "cases": sum(row["cases"] for row in found),
                "packs": found,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
