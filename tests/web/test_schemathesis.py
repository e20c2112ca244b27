"""Whatever the API is sent, it answers; no answer is a failure of the server."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis.strategies as st
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings

from coercivity.desk.accounts.services import issue_token
from coercivity.desk.api_routes import api
from web.cases import licensed

pytestmark = pytest.mark.django_db

N_EXAMPLES = 12
WHO = ("holder", "officer", "customs", "analyst")
SCHEMA = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.fixture(autouse=True)
def _one_transaction() -> Iterator[None]:
    """Keep the connection of the test, whose transaction a request would otherwise close."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def test_every_operation_is_described() -> None:
    n_operations = sum(
        len(operation.methods)
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    )
    assert len(OPERATIONS) == n_operations > 0


@pytest.mark.parametrize("operation", OPERATIONS, ids=[each.label for each in OPERATIONS])
def test_no_failure_of_the_server(people, operation) -> None:
    licence = licensed(people)
    tokens = {name: issue_token(getattr(people, name), name="test") for name in WHO}
    answered: set[int] = set()

    @given(case=operation.as_strategy(), data=st.data())
    @settings(
        max_examples=N_EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
    )
    def send(case, data) -> None:
        if "reference" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["reference"] = licence.reference
        who = data.draw(st.sampled_from([*WHO, ""]))
        token = tokens.get(who, "desk_unknown")
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code < 500, (case.as_curl_command(), answer.text[:1000])
        answered.add(answer.status_code)

    send()
    assert answered != {401}, "no request came past the token"
