"""What people do to chains: hand one in, have it examined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from coercivity.desk import packs
from coercivity.desk.accounts.audit import record
from coercivity.desk.accounts.models import User
from coercivity.desk.moment import now
from coercivity.desk.runs.models import ExposureSet, Job
from coercivity.desk.runs.services.asking import ask
from coercivity.desk.runs.simulating import EXPOSURE
from coercivity.desk.services import service
from coercivity.experiments.own_chain import read_chain

__all__ = ["examine", "hand_in"]


@service
def hand_in(
    *,
    actor: User,
    name: str,
    pack: str,
    country: str,
    end_use: str,
    counted_on: date,
    texts: Mapping[str, str],
) -> ExposureSet:
    """Keep a firm's own tables, all of them or none.

    Parameters
    ----------
    actor : User
        The tables belong to their organisation.
    name, pack, country, end_use, counted_on
        As in :class:`~coercivity.desk.runs.models.ExposureSet`.
    texts : mapping of str to str
        CSV text by name of the table.

    Raises
    ------
    InputError
        With everything that is wrong in any row; nothing is kept then.
    """
    items = {key: item.unit for key, item in packs.opened(pack).items.items()}
    chain = read_chain(texts, items=items)
    found = ExposureSet.objects.create(
        owner=actor.organisation,
        name=name,
        pack=pack,
        country=country,
        end_use=end_use,
        counted_on=counted_on,
        tables=chain.to_json(),
        created_by=actor,
        created_at=now(),
    )
    record(
        f"exposure/{found.pk}",
        "handed in",
        actor=actor,
        owner=actor.organisation,
        authority=None,
        name=name,
    )
    return found


@service
def examine(
    chain: ExposureSet,
    *,
    actor: User,
    scenarios: Sequence[str],
    licence: Mapping[str, Any] | None,
    members: int,
    seed: int,
) -> Job:
    """Put the examination of a chain into the queue.

    Raises
    ------
    InputError
        If the licence is not possible for this chain.
    """
    from coercivity.experiments.exposure import HORIZON_DAYS
    from coercivity.experiments.own_network import OWN_PARTY

    parties = packs.opened(chain.pack).parties
    party = chain.owner.party if chain.owner.party in parties else OWN_PARTY
    parameters = {
        "pack": chain.pack,
        "owner": chain.owner_id,
        "tables": chain.tables,
        "country": chain.country,
        "end_use": chain.end_use,
        "counted_on": chain.counted_on.isoformat(),
        "party": party,
        "scenarios": list(scenarios),
        "licence": dict(licence) if licence else None,
        "days": HORIZON_DAYS,
        "members": members,
        "seed": seed,
    }
    return ask(
        actor=actor,
        kind=EXPOSURE,
        title=f"Exposure: {chain.name}",
        parameters=parameters,
        subject=f"exposure/{chain.pk}",
    )
