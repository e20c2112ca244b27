"""Exposure and what a licence changes, through the browser's eyes, without a script."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from coercivity.catalogue import open_pack
from coercivity.desk import packs
from coercivity.desk.accounts.services import issue_token
from coercivity.desk.runs.kinds import Work, kind_of
from coercivity.desk.runs.models import ExposureSet, Job
from coercivity.desk.runs.services import leasing
from coercivity.options import Options
from support.small_pack import write_small_pack
from web.cases import proposed, submitted

pytestmark = pytest.mark.django_db

BILL = "product,output_per_day,component,item,amount,unit\nlamp,100,wire,wire,10,kg\n"
STOCK = "component,quantity,unit\nwire,12.5,t\n"
SUPPLIERS = "component,supplier,origin,share_percent,lead_days\nwire,mill,NO,100,5\n"


@pytest.fixture(scope="module")
def lamps_pack(tmp_path_factory):
    return open_pack(write_small_pack(tmp_path_factory.mktemp("exposure")))


@pytest.fixture
def lamps(lamps_pack, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(packs, "opened", lambda name: lamps_pack)
    monkeypatch.setattr(packs, "names", lambda: ("lamps",))
    monkeypatch.setattr(packs, "titles", lambda: [("lamps", "Lamps")])
    monkeypatch.setattr(packs, "end_uses", lambda name: ("civil", "military"))
    settings.DESK_HOME = tmp_path
    return lamps_pack


def upload(name: str, text: str | bytes) -> SimpleUploadedFile:
    content = text.encode() if isinstance(text, str) else text
    return SimpleUploadedFile(f"{name}.csv", content, content_type="text/csv")


def fields(**changes):
    values = {
        "name": "January",
        "country": "SE",
        "end_use": "civil",
        "counted_on": "2025-01-02",
        "bill_of_materials": upload("bill", BILL),
        "stock": upload("stock", STOCK),
        "suppliers": upload("suppliers", SUPPLIERS),
    }
    return {**values, **changes}


def handed_in(client) -> ExposureSet:
    answer = client.post("/exposure/new/lamps", fields())
    assert answer.status_code == 302, answer.context["form"].errors
    return ExposureSet.objects.latest("id")


def run_all(tmp_path) -> None:
    """Do what a worker does, within the test's transaction."""
    while (taken := leasing.take("test")) is not None:
        work = Work(tmp_path / taken.key, Options(threads=1))
        content = kind_of(taken.kind).run(taken.parameters, work)
        assert leasing.finish(taken, content, seconds=1.0)


def test_from_the_templates_to_the_day_the_line_goes_down(lamps, people, sign_in, tmp_path) -> None:
    client = sign_in(people.holder)
    answer = client.post("/exposure/new", {"pack": "lamps"})
    assert answer["Location"] == "/exposure/new/lamps"
    page = client.get("/exposure/new/lamps").content.decode()
    for table in ("bill_of_materials", "stock", "suppliers"):
        address = f"/exposure/new/lamps/{table}.csv"
        assert address in page
        given = client.get(address)
        assert given["Content-Disposition"] == f'attachment; filename="{table}.csv"'
        assert given.content.decode("utf-8-sig").startswith(("product,", "component,"))
    assert client.get("/exposure/new/lamps/others.csv").status_code == 404
    chain = handed_in(client)
    found = client.get(f"/exposure/{chain.pk}.json").json()
    assert found["cover"][0]["days_of_cover"] == 12.5
    answer = client.post(
        f"/exposure/{chain.pk}/compute",
        {
            "scenarios": ["free", "closed"],
            "item": "wire",
            "quantity": "20",
            "unit": "t",
            "on": "2025-04-01",
            "members": "8",
            "seed": "1",
        },
    )
    job = Job.objects.get()
    assert answer["Location"] == f"/runs/{job.pk}"
    run_all(tmp_path)
    page = client.get(f"/runs/{job.pk}").content.decode()
    assert "Model output, not a fact" in page
    # Closed on 2025-02-01, five days under way, stock for 12.5 days.
    assert "2025-02-18" in page
    assert "2025-02-19" in page
    tables = client.get(f"/runs/{job.pk}.json").json()["result"]["tables"]
    saved = dict(
        zip(tables["licence"]["quantity"][-9:], tables["licence"]["p50"][-9:], strict=True)
    )
    assert saved == {10.0: 10.0, 20.0: 20.0, 40.0: 40.0}
    assert f'href="/exposure/{chain.pk}"' in page
    assert f"/runs/{job.pk}" in client.get(f"/exposure/{chain.pk}").content.decode()


def test_two_bad_rows_are_listed_and_nothing_is_kept(lamps, people, sign_in) -> None:
    client = sign_in(people.holder)
    wrong = fields(
        stock=upload("stock", "component,quantity,unit\nwire,many,t\n"),
        suppliers=upload("suppliers", SUPPLIERS.replace("NO", "XX")),
    )
    answer = client.post("/exposure/new/lamps", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "stock.csv, row 2, column quantity" in page
    assert "suppliers.csv, row 2, column origin" in page
    assert 'href="#id_stock"' in page
    assert 'href="#id_suppliers"' in page
    assert not ExposureSet.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stock": b""}, "empty"),
        ({"stock": b"%PDF-1.4"}, "of a kind that is not taken"),
        ({"stock": b"component,\xff\xfe"}, "of a kind that is not taken"),
        ({"stock": b"x" * 1_100_000}, "too large"),
        ({"country": "XX"}, "no such country"),
        ({"country": "EU"}, "one country"),
        ({"counted_on": "2001-01-01"}, "knows nothing before"),
        ({"name": ""}, "required"),
    ],
)
def test_what_is_not_taken(lamps, people, sign_in, changes, said) -> None:
    changes = {k: upload(k, v) if isinstance(v, bytes) else v for k, v in changes.items()}
    answer = sign_in(people.holder).post("/exposure/new/lamps", fields(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ExposureSet.objects.exists()


def test_names_that_look_like_formulas_or_tags_do_no_harm(lamps, people, sign_in) -> None:
    client = sign_in(people.holder)
    bill = BILL.replace("lamp", "<script>alert(1)</script>")
    client.post("/exposure/new/lamps", fields(name="=1+1", bill_of_materials=upload("b", bill)))
    chain = ExposureSet.objects.get()
    assert "'=1+1" in client.get("/exposure.csv").content.decode("utf-8-sig")
    page = client.get(f"/exposure/{chain.pk}").content.decode()
    assert "<script>alert" not in page


def test_tables_of_others_are_not_found(lamps, people, sign_in) -> None:
    chain = handed_in(sign_in(people.holder))
    stranger = sign_in(people.stranger)
    for address in (f"/exposure/{chain.pk}", f"/exposure/{chain.pk}/compute"):
        assert stranger.get(address).status_code == 404
        assert stranger.get(f"{address}.json").status_code == 404
    assert stranger.post(f"/exposure/{chain.pk}/compute", {}).status_code == 404
    assert stranger.get("/exposure.json").json()["total"] == 0
    assert sign_in(people.officer).get("/exposure").status_code == 403


def test_no_result_is_shared_between_firms(lamps, people, sign_in, tmp_path) -> None:
    asked = {"scenarios": ["closed"], "members": "8", "seed": "1"}
    keys = set()
    for user in (people.holder, people.stranger):
        client = sign_in(user)
        chain = handed_in(client)
        client.post(f"/exposure/{chain.pk}/compute", asked)
        keys.add(Job.objects.latest("id").key)
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scenarios": []}, "required"),
        ({"item": "wire"}, "needs this too"),
        ({"item": "wire", "quantity": "1", "unit": "furlong", "on": "2025-04-01"}, "no such unit"),
        ({"members": "9"}, "valid choice"),
    ],
)
def test_what_cannot_be_examined(lamps, people, sign_in, changes, said) -> None:
    client = sign_in(people.holder)
    chain = handed_in(client)
    values = {"scenarios": ["closed"], "members": "8", "seed": "1", **changes}
    answer = client.post(f"/exposure/{chain.pk}/compute", values)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Job.objects.exists()


def test_what_a_licence_changes_is_asked_for_and_shown_on_the_case(
    people, sign_in, settings, tmp_path
) -> None:
    settings.DESK_HOME = tmp_path
    case = proposed(people)
    decision = case.decisions.get()
    officer = sign_in(people.officer)
    page = officer.get(f"/applications/{case.reference}").content.decode()
    assert "Nobody has asked the model yet" in page
    address = f"/runs/licence-effect/{case.reference}"
    assert address in page
    form = officer.get(address).content.decode()
    assert f'value="{decision.valid_from.isoformat()}"' in form
    answer = officer.post(
        address,
        {
            "scenario": "april_controls_no_licences",
            "valid_from": "2025-06-01",
            "valid_to": "2026-06-01",
            "members": "8",
            "seed": "1",
        },
    )
    job = Job.objects.get()
    assert answer["Location"] == f"/runs/{job.pk}"
    page = officer.get(f"/applications/{case.reference}").content.decode()
    assert "The model is at work" in page
    run_all(tmp_path)
    for where in (f"/applications/{case.reference}", f"/runs/{job.pk}"):
        page = officer.get(where).content.decode()
        assert "Model output, not a fact" in page
        assert "Lines kept going" in page
        assert "All vehicles" in page
        assert "What the numbers rest on" in page
    assert job.subject == f"case/{case.reference}"
    # The applicant sees neither the run nor the proposed days.
    holder = sign_in(people.holder)
    page = holder.get(f"/applications/{case.reference}").content.decode()
    assert "Nobody has asked the model yet" in page
    assert f'value="{decision.valid_to.isoformat()}"' not in holder.get(address).content.decode()
    assert holder.get(f"/runs/{job.pk}").status_code == 404
    assert sign_in(people.stranger).get(address).status_code == 404


def test_a_licence_that_cannot_be_is_refused_in_the_form(people, sign_in) -> None:
    case = submitted(people)
    values = {"scenario": "no_such", "valid_from": "2026-01-01", "valid_to": "2025-01-01"}
    answer = sign_in(people.officer).post(
        f"/runs/licence-effect/{case.reference}", {**values, "members": "8", "seed": "1"}
    )
    assert answer.status_code == 422
    assert "must end after" in answer.content.decode()
    assert not Job.objects.exists()


class Caller:
    """Somebody with a token."""

    def __init__(self, client, user) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {issue_token(user, name='test')}"}

    def get(self, path: str):
        return self.client.get(f"/api{path}", headers=self.headers)

    def post(self, path: str, **body):
        return self.client.post(
            f"/api{path}", body, content_type="application/json", headers=self.headers
        )


def test_runs_by_the_api(lamps, people, client, tmp_path) -> None:
    caller = Caller(client, people.analyst)
    body = {"pack": "lamps", "scenarios": ["closed"], "members": 8, "held": {"stock": 20.0}}
    asked = caller.post("/runs", **body)
    assert asked.status_code == 201, asked.content
    number = asked.json()["id"]
    assert caller.post("/runs", **body).json()["id"] == number, "the same work is asked for once"
    assert caller.get(f"/runs/{number}").json()["state"] == "queued"
    assert caller.get(f"/runs/{number}/result").status_code == 404
    run_all(tmp_path)
    result = caller.get(f"/runs/{number}/result").json()
    assert result["tables"]["lost"]["scenario_id"] == ["closed"]
    assert [row["id"] for row in caller.get("/runs").json()] == [number]
    stranger = Caller(client, people.stranger)
    assert stranger.get("/runs").json() == []
    for path in (f"/runs/{number}", f"/runs/{number}/result"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/runs/{number}/cancel").status_code == 404
    assert caller.post(f"/runs/{number}/cancel").status_code == 400
    assert Caller(client, people.customs).get("/runs").status_code == 403
    for wrong in ({"members": 9}, {"scenarios": ["none"]}, {"held": {"stock": 999}}, {"pack": "x"}):
        assert caller.post("/runs", **{**body, **wrong}).status_code == 422
