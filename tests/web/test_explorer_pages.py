"""The explorer and the pages of runs, through the browser's eyes, without a script."""

from __future__ import annotations

import asyncio
import json
import xml.etree.ElementTree as ET

import pytest
from django.test import AsyncClient
from django.urls import reverse

from coercivity.catalogue import open_pack
from coercivity.desk import packs
from coercivity.desk.explorer import choices
from coercivity.desk.explorer.figures import drawn
from coercivity.desk.runs import views
from coercivity.desk.runs.folders import work_folder
from coercivity.desk.runs.kinds import Work
from coercivity.desk.runs.models import Job
from coercivity.desk.runs.services import leasing
from coercivity.desk.runs.simulating import results_file, run_scenarios
from coercivity.options import Options
from support.small_pack import write_small_pack
from web.conftest import BACKEND
from web.running import asked, emptying_append_only_tables, parameters

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def lamps_pack(tmp_path_factory):
    return open_pack(write_small_pack(tmp_path_factory.mktemp("explorer")))


@pytest.fixture(scope="module")
def content(lamps_pack, tmp_path_factory):
    """What a run of the small pack leaves, ranked."""
    folder = tmp_path_factory.mktemp("result")
    opened, packs.opened = packs.opened, lambda name: lamps_pack
    try:
        return run_scenarios(parameters(members=240), Work(folder, Options(threads=1)))
    finally:
        packs.opened = opened


@pytest.fixture(scope="module")
def _cleaned():
    with emptying_append_only_tables():
        yield


@pytest.fixture(autouse=True)
def lamps(lamps_pack, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(packs, "opened", lambda name: lamps_pack)
    monkeypatch.setattr(packs, "names", lambda: ("lamps",))
    monkeypatch.setattr(packs, "titles", lambda: [("lamps", "Lamps")])
    settings.DESK_HOME = tmp_path
    for cached in (choices.dials_of, choices._unranked, drawn):
        cached.cache_clear()
    yield
    for cached in (choices.dials_of, choices._unranked, drawn):
        cached.cache_clear()


def done(user, content) -> Job:
    job = asked(user, members=240)
    taken = leasing.take("test")
    assert leasing.finish(taken, content, seconds=1.0, pack="lamps")
    job.refresh_from_db()
    return job


def test_the_address_is_the_choice(people, sign_in) -> None:
    client = sign_in(people.analyst)
    query = "pack=lamps&scenario=closed&scenario=granted&members=8&seed=5&hold=stock&at.stock=12"
    page = client.get(f"/explorer.json?{query}").json()
    assert page["choice"] == {
        "pack": "lamps",
        "scenarios": ["closed", "granted"],
        "members": 8,
        "seed": 5,
        "held": {"stock": 12.0},
    }
    html = client.get(f"/explorer?{query}").content.decode()
    assert '<input type="range"' in html
    assert 'name="hold" value="stock" checked' in html
    assert 'name="at.stock" value="12"' in html
    assert "style=" not in html
    start = client.post(
        "/explorer/start",
        {
            "pack": "lamps",
            "scenario": ["closed", "granted"],
            "members": "8",
            "seed": "5",
            "hold": "stock",
            "at.stock": "12",
        },
    )
    job = Job.objects.get()
    assert start["Location"] == f"/runs/{job.pk}"
    assert job.parameters == page["choice"]
    again = client.get(f"/explorer?{query}").content.decode()
    assert "This was run before" in again
    assert (
        client.post("/explorer/start", {"pack": "lamps", "scenario": "closed"}).status_code == 302
    )
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("pack=none", "no pack is called"),
        ("scenario=none", "no scenario is called"),
        ("members=7", "members is"),
        ("seed=-1", "seed is"),
        ("seed=99999999999999999999", "seed is"),
        ("hold=stock&at.stock=1e9", "the range of its sources"),
        ("hold=stock&at.stock=nan", "stock of wire is"),
        ("hold=stock", "stock of wire is"),
        ("hold=none&at.none=1", "can be held"),
    ],
)
def test_what_is_impossible_is_said(people, sign_in, query, said) -> None:
    client = sign_in(people.analyst)
    page = client.get(f"/explorer?{query}")
    assert page.status_code == 200
    assert said in page.content.decode().replace("&#x27;", "'")
    assert "Run it" not in page.content.decode()
    fields = [part.partition("=")[::2] for part in query.split("&")]
    refused = client.post("/explorer/start", dict(fields))
    assert refused.status_code == 422
    assert not Job.objects.exists()


def test_ranked_quantities_come_first(people, sign_in, content) -> None:
    client = sign_in(people.analyst)
    assert client.get("/explorer.json").json()["sliders_ranked_by_a_run"] is False
    done(people.holder, content)
    page = client.get("/explorer.json").json()
    assert page["sliders_ranked_by_a_run"] is True
    table = content["tables"]["ranking"]
    ranked = [name for name, low in zip(table["quantity"], table["low"], strict=True) if low > 0]
    assert ranked[0] == "stock"
    assert [row["id"] for row in page["sliders"]][: len(ranked)] == ranked
    slider = next(row for row in page["sliders"] if row["id"] == "stock")
    # Two families: 10 and 40 days, each spread over half its last place.
    assert (slider["low"], slider["high"]) == (9.5, 40.5)
    assert slider["sources"] == ["mail", "paper"]


def test_roles(people, sign_in, content) -> None:
    job = done(people.officer, content)
    for user in (people.decider, people.auditor):
        assert sign_in(user).get(f"/runs/{job.pk}").status_code == 200
    auditor = sign_in(people.auditor)
    assert auditor.post(f"/runs/{job.pk}/cancel").status_code == 403
    assert auditor.post("/explorer/start", {"pack": "lamps"}).status_code == 403
    assert "Run it" not in auditor.get("/explorer").content.decode()
    assert sign_in(people.customs).get("/explorer").status_code == 403


def test_runs_of_others_are_not_found(people, sign_in, content) -> None:
    job = done(people.analyst, content)
    root = f"/explorer/results/{job.pk}"
    addresses = [
        f"/runs/{job.pk}",
        f"/runs/{job.pk}.json",
        f"/runs/{job.pk}/progress",
        root,
        f"{root}.json",
        f"{root}/lost.svg",
        f"{root}/lost.csv",
        f"{root}/everything.json",
        f"{root}/closed.nc",
    ]
    stranger = sign_in(people.holder)
    for address in addresses:
        assert stranger.get(address).status_code == 404, address
    for act in ("cancel", "resume"):
        assert stranger.post(f"/runs/{job.pk}/{act}").status_code == 404
    assert stranger.get("/runs.json").json()["total"] == 0
    assert "Closed" not in stranger.get("/runs.csv").content.decode()
    own = sign_in(people.analyst)
    for address in addresses[:-1]:
        assert own.get(address).status_code == 200, address
    assert own.get("/runs.json?state=done").json()["total"] == 1


def test_results_are_given_as_a_file_of_known_length(
    people, sign_in, content, tmp_path, settings
) -> None:
    settings.DESK_HOME = tmp_path
    job = done(people.analyst, content)
    path = results_file(work_folder(job.key), "closed")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"netCDF" * 100_000)
    client = sign_in(people.analyst)
    answer = client.get(f"/explorer/results/{job.pk}/closed.nc")
    assert answer["Content-Type"] == "application/x-netcdf"
    assert answer["Content-Length"] == "600000"
    assert b"".join(answer.streaming_content) == path.read_bytes()
    assert client.get(f"/explorer/results/{job.pk}/other.nc").status_code == 404


@pytest.mark.parametrize("figure", ["lost", "output", "stops", "cover", "flows", "ranking"])
def test_every_figure_has_chart_table_sources_and_download(
    people, sign_in, content, figure
) -> None:
    job = done(people.analyst, content)
    client, root = sign_in(people.analyst), f"/explorer/results/{job.pk}"
    for view in ("chart", "table", "sources", "download"):
        page = client.get(f"{root}?figure={figure}&view={view}&scenario=closed")
        html = page.content.decode()
        assert page.status_code == 200, view
        assert "Model output, not a fact" in html
        assert "style=" not in html
        assert "<script>" not in html
    rows = client.get(f"{root}.json?figure={figure}&scenario=closed").json()["rows"]
    table = client.get(f"{root}/{figure}.csv?scenario=closed").content.decode("utf-8-sig")
    assert len(table.splitlines()) == len(rows) + 1 > 1
    picture = client.get(f"{root}/{figure}.svg?scenario=closed")
    assert picture["Content-Type"].startswith("image/svg+xml")
    root_element = ET.fromstring(picture.content)
    assert "style" not in root_element.attrib
    assert float(root_element.attrib["width"]) > 0


def test_numbers_of_the_page_are_those_of_the_run(people, sign_in, content) -> None:
    job = done(people.analyst, content)
    client, root = sign_in(people.analyst), f"/explorer/results/{job.pk}"
    lost = content["tables"]["lost"]
    rows = client.get(f"{root}.json?figure=lost").json()["rows"]
    assert [row["p50"] for row in rows] == lost["p50"]
    everything = json.loads(client.get(f"{root}/everything.json").content)
    assert everything["result"] == content
    assert client.get(f"{root}?figure=none").status_code == 404
    assert client.get(f"{root}?view=none").status_code == 404


def test_the_page_of_a_live_run_refreshes_without_a_script(people, sign_in) -> None:
    job = asked(people.analyst)
    client = sign_in(people.analyst)
    html = client.get(f"/runs/{job.pk}").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in html
    assert f'href="/runs/{job.pk}">Refresh' in html
    assert client.post(f"/runs/{job.pk}/cancel").status_code == 302
    html = client.get(f"/runs/{job.pk}").content.decode()
    assert "Let it go on" in html
    assert "refresh" not in html
    assert client.post(f"/runs/{job.pk}/cancel").status_code == 400
    client.post(f"/runs/{job.pk}/resume")
    job.refresh_from_db()
    assert job.state == "queued"


def test_a_failed_run_says_what_is_wrong(people, sign_in) -> None:
    from coercivity.errors import Problem

    job = asked(people.analyst)
    leasing.fail(leasing.take("test"), [Problem("the pack has no <sites>", "sites.csv", "a table")])
    html = sign_in(people.analyst).get(f"/runs/{job.pk}").content.decode()
    assert "the pack has no &lt;sites&gt;" in html
    assert "Expected: a table" in html


@pytest.mark.usefixtures("_cleaned")
@pytest.mark.django_db(transaction=True)
def test_progress_streams_and_its_last_word_replaces_the_element(people, monkeypatch) -> None:
    monkeypatch.setattr(views, "_LOOK_SECONDS", 0.02)
    job = asked(people.analyst)
    taken = leasing.take("test")
    leasing.renew(taken, stage="simulate", share=0.25)

    async def read() -> list[str]:
        client = AsyncClient()
        await client.aforce_login(people.analyst, backend=BACKEND)
        answer = await client.get(f"/runs/{job.pk}/progress")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/event-stream"
        found = []
        async for part in answer.streaming_content:
            found.append(part.decode())
            if len(found) == 2:
                await Job.objects.filter(pk=job.pk).aupdate(state="cancelled")
        return found

    events = asyncio.run(read())
    assert events[0].startswith("retry:")
    assert json.loads(events[1].split("data: ")[1])["percent"] == 25
    name, data = events[-1].split("\n")[:2]
    assert name == "event: end"
    html = json.loads(data.removeprefix("data: "))["html"]
    assert 'id="progress"' in html
    assert "data-progress" not in html
    assert reverse("runs:job", args=[job.pk]) in html
