"""The API: tokens, look-up, draw-downs that count once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from coercivity.desk.accounts.services import issue_token
from web.cases import licensed

pytestmark = pytest.mark.django_db


class Caller:
    """Somebody with a token."""

    def __init__(self, user) -> None:
        self.headers = {"Authorization": f"Bearer {issue_token(user, name='test')}"}
        self.client = Client()

    def get(self, path: str):
        return self.client.get(f"/api{path}", headers=self.headers)

    def post(self, path: str, **body):
        return self.client.post(
            f"/api{path}", body, content_type="application/json", headers=self.headers
        )


def entry(**changes):
    yesterday = (timezone.now().date() - timedelta(days=1)).isoformat()
    return {"quantity": "4.25", "unit": "t", "reference": "D1", "at": yesterday, **changes}


def test_draws_count_once(people) -> None:
    licence = licensed(people)
    caller, path = Caller(people.customs), f"/licences/{licence.reference}"
    first = caller.post(f"{path}/entries", **entry())
    assert first.status_code == 201, first.content
    assert first.json()["remaining"] == "5.75"
    again = caller.post(f"{path}/entries", **entry())
    assert (again.status_code, again.json()["added"]) == (200, False)
    other = caller.post(f"{path}/entries", **entry(quantity="4.26"))
    assert other.status_code == 409
    assert "used before" in other.json()["problems"][0]["what"]
    over = caller.post(f"{path}/entries", **entry(reference="D2", quantity="5", at="2020-01-01"))
    assert over.status_code == 422
    found = caller.get(path).json()
    assert found["lines"][0]["remaining"] == "5.75"
    assert [row["reference"] for row in caller.get(f"{path}/entries").json()] == ["D1"]


def test_a_moment_is_taken_to_the_issuers_day(people) -> None:
    licence = licensed(people)
    moment = f"{licence.valid_from - timedelta(days=1)}T20:00:00+00:00"
    caller = Caller(people.customs)
    posted = caller.post(f"/licences/{licence.reference}/entries", **entry(at=moment))
    assert posted.status_code == 201, posted.content


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": "0"},
        {"quantity": "-1"},
        {"quantity": "NaN"},
        {"quantity": "1e40"},
        {"quantity": "0.0000000001"},
        {"unit": "kg"},
        {"reference": ""},
        {"reference": "a\x00b"},
        {"at": "yesterday"},
        {"kind": "adjust"},
        {"line": 2, "refers_to": "x"},
        {"surprise": 1},
        {"end_use": "military"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(people, changes) -> None:
    licence = licensed(people)
    caller, path = Caller(people.customs), f"/licences/{licence.reference}"
    answer = caller.post(f"{path}/entries", **entry(**changes))
    assert answer.status_code in (404, 422), answer.content
    assert caller.get(f"{path}/entries").json() == []


def test_tokens_are_needed_and_roles_count(people) -> None:
    licence = licensed(people)
    path = f"/licences/{licence.reference}"
    assert Client().get(f"/api{path}").status_code == 401
    assert Client().get(f"/api{path}", headers={"Authorization": "Bearer x"}).status_code == 401
    holder = Caller(people.holder)
    assert holder.get(path).status_code == 200
    assert holder.post(f"{path}/entries", **entry()).status_code == 403
    for user in (people.stranger, people.foreign_officer):
        caller = Caller(user)
        assert caller.get(path).status_code == 404
        assert caller.post(f"{path}/entries", **entry()).status_code in (403, 404)


def test_signing_in_does_not_open_the_api(people, sign_in) -> None:
    licence = licensed(people)
    client = sign_in(people.officer)
    assert client.get(f"/api/licences/{licence.reference}").status_code == 401


def test_description_is_open_and_names_every_operation(people, sign_in) -> None:
    schema = Client().get("/api/openapi.json").json()
    assert "/api/licences/{reference}/entries" in schema["paths"]
    shown = sign_in(people.customs).get("/api").content.decode()
    assert "Draw a licence down" in shown
