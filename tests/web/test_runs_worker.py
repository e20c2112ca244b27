"""The worker: one worker a job, nothing lost when it is killed, cancelled when asked."""

from __future__ import annotations

import signal
import threading
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from coercivity.catalogue import open_pack
from coercivity.desk import packs
from coercivity.desk.accounts.models import AuditEvent
from coercivity.desk.runs.folders import held_folder
from coercivity.desk.runs.kinds import Work
from coercivity.desk.runs.models import Job, RunResult
from coercivity.desk.runs.pulse import Pulse, StoppedError, StopReason
from coercivity.desk.runs.services import asking, leasing
from coercivity.desk.runs.services.leasing import MOST_ATTEMPTS, Standing, take
from coercivity.desk.runs.simulating import results_file, run_scenarios
from coercivity.desk.runs.working import Worker
from coercivity.errors import InvariantError, UsageError
from coercivity.experiments.chunks import ChunkRunner
from coercivity.options import Options
from support.small_pack import write_small_pack
from web.running import asked, emptying_append_only_tables, parameters, start_worker, until

pytestmark = pytest.mark.django_db(transaction=True)

CHUNKS = 5
"""Chunks of a run of :func:`web.running.parameters`."""


@pytest.fixture(scope="module", autouse=True)
def _cleaned():
    with emptying_append_only_tables():
        yield


@pytest.fixture(scope="session")
def lamps_folder(tmp_path_factory):
    return write_small_pack(tmp_path_factory.mktemp("desk-packs"))


@pytest.fixture
def lamps(lamps_folder, settings, tmp_path, monkeypatch):
    """The small pack under every name, and a folder for runs."""
    pack = open_pack(lamps_folder)
    monkeypatch.setattr(packs, "opened", lambda name: pack)
    settings.DESK_HOME = tmp_path
    return pack


def state_of(job: Job) -> str:
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def test_a_job_is_done_and_the_same_work_is_done_once(lamps, people, tmp_path) -> None:
    job = asked(people.analyst, scenarios=["closed", "licensed"])
    assert Worker().work(until_empty=True) == 1
    job.refresh_from_db()
    assert (job.state, job.share, job.problems) == ("done", 1.0, [])
    lost = job.result.content["tables"]["lost"]
    assert lost["scenario_id"] == ["closed", "licensed"]
    assert lost["p50"][0] > lost["p50"][1] > 0.0
    folder = next((tmp_path / "runs").glob("*/*/"))
    assert sorted(path.name for path in folder.iterdir()) == ["closed.nc", "free.nc", "licensed.nc"]
    again = asked(people.holder, scenarios=["closed", "licensed"])
    assert (again.state, again.result_id) == ("done", job.result_id)
    assert RunResult.objects.count() == 1
    assert asked(people.analyst).state == "queued"


def test_a_held_quantity_changes_the_result_and_keeps_its_pairing(lamps, people) -> None:
    free, held = asked(people.analyst), asked(people.analyst, held={"stock": 10.0})
    Worker().work(until_empty=True)
    lost = [Job.objects.get(pk=job.pk).result.content["tables"]["lost"] for job in (free, held)]
    # With stock for ten days in every member, the worst case is the usual case.
    assert lost[1]["p05"][0] > lost[0]["p05"][0]
    assert lost[1]["p95"][0] == pytest.approx(lost[0]["p95"][0], rel=0.02)


def test_a_killed_worker_loses_nothing(lamps, lamps_folder, people, tmp_path) -> None:
    whole = run_scenarios(parameters(), Work(tmp_path / "whole", Options(threads=1)))
    job = asked(people.analyst)
    first = start_worker(lamps_folder)
    until(lambda: Job.objects.filter(pk=job.pk, share__gte=0.2).exists())
    first.send_signal(signal.SIGKILL)
    said, _ = first.communicate()
    finished = said.count("chunk")
    assert 1 <= finished < CHUNKS
    assert state_of(job) == "running"
    second = start_worker(lamps_folder, slow=0.0)
    try:
        until(lambda: state_of(job) == "done")
    finally:
        second.terminate()
        again, _ = second.communicate()
    # One chunk may have been under way, or printed and not yet written.
    assert again.count("chunk") in (CHUNKS - finished, CHUNKS + 1 - finished)
    job.refresh_from_db()
    assert (job.attempts, job.result.content) == (2, whole)
    for name in whole["scenarios"]:
        one = results_file(tmp_path / "whole", name).read_bytes()
        two = results_file(next((tmp_path / "runs").glob("*/*/")), name).read_bytes()
        assert one == two


def test_a_worker_that_is_told_to_end_gives_the_job_back(lamps, lamps_folder, people) -> None:
    job = asked(people.analyst)
    worker = start_worker(lamps_folder)
    until(lambda: Job.objects.filter(pk=job.pk, share__gt=0.1).exists())
    worker.terminate()
    assert worker.wait(20) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_owner) == ("queued", 0, "")


def test_cancelled_and_resumed(lamps, lamps_folder, people) -> None:
    job = asked(people.analyst)
    worker = start_worker(lamps_folder)
    try:
        until(lambda: Job.objects.filter(pk=job.pk, share__gt=0.1).exists())
        asking.cancel(job, actor=people.analyst)
        until(lambda: state_of(job) == "cancelled")
        job.refresh_from_db()
        assert 0.0 < job.share < 1.0
        asking.resume(job, actor=people.analyst)
        until(lambda: state_of(job) == "done")
    finally:
        worker.kill()
        said, _ = worker.communicate()
    assert said.count("chunk") in (CHUNKS, CHUNKS + 1)
    events = AuditEvent.objects.filter(chain=job.chain).values_list("event", flat=True)
    assert list(events) == ["asked for", "cancelled", "stopped", "resumed", "finished"]


def test_a_waiting_job_is_cancelled_at_once_and_never_taken(lamps, people) -> None:
    job = asked(people.analyst)
    asking.cancel(job, actor=people.analyst)
    assert take("one") is None
    with pytest.raises(UsageError, match="cancelled"):
        asking.cancel(job, actor=people.analyst)
    asking.resume(job, actor=people.analyst)
    assert take("one").pk == job.pk
    with pytest.raises(UsageError, match="running"):
        asking.resume(job, actor=people.analyst)


def test_two_workers_never_take_one_job(lamps, people) -> None:
    for seed in range(12):
        asked(people.analyst, seed=seed)
    taken: list[int] = []
    barrier = threading.Barrier(4)

    def grab(name: str) -> None:
        try:
            barrier.wait()
            while (found := take(name)) is not None:
                taken.append(found.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=grab, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 12


def test_the_same_work_in_two_jobs_is_run_once(lamps, people) -> None:
    first, second = asked(people.analyst), asked(people.holder)
    held = take("one")
    assert held.pk == first.pk
    assert take("two") is None, "the second waits while the first runs"
    leasing.give_back(held)
    count = []
    run = ChunkRunner.run
    try:
        ChunkRunner.run = lambda self, part, **o: (count.append(part.number), run(self, part, **o))[
            1
        ]
        Worker().work(until_empty=True)
    finally:
        ChunkRunner.run = run
    assert len(count) == CHUNKS
    assert {state_of(first), state_of(second)} == {"done"}


def test_work_that_another_process_has_is_put_back(lamps, people) -> None:
    job = asked(people.analyst)
    with held_folder(job.key) as folder:
        assert folder is not None
        Worker().work(until_empty=True)
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("queued", 0)
        assert job.available_at > timezone.now()


def test_a_lapsed_lease_is_lost_to_the_next(lamps, people) -> None:
    asked(people.analyst)
    slow = take("slow", lease=timedelta(seconds=-1))
    quick = take("quick")
    assert (slow.pk, slow.attempt, quick.attempt) == (quick.pk, 1, 2)
    assert leasing.renew(slow, stage="simulate", share=0.9) is Standing.LOST
    assert not leasing.finish(slow, {"tables": {}}, seconds=1.0)
    assert not leasing.fail(slow, [])
    assert not leasing.give_back(slow)
    assert RunResult.objects.count() == 0
    assert leasing.renew(quick, stage="simulate", share=0.5) is Standing.HELD
    assert Job.objects.get().share == 0.5


def test_a_job_that_kills_its_workers_is_given_up(lamps, people) -> None:
    job = asked(people.analyst)
    for number in range(MOST_ATTEMPTS):
        assert take(f"w{number}", lease=timedelta(seconds=-1)) is not None
    assert take("last") is None
    job.refresh_from_db()
    assert job.state == "failed"
    assert "stopped 3 times" in job.problems[0]["what"]


def test_a_cancelled_job_whose_worker_died_is_cancelled(lamps, people) -> None:
    job = asked(people.analyst)
    take("dead", lease=timedelta(seconds=-1))
    asking.cancel(job, actor=people.analyst)
    assert take("next") is None
    assert state_of(job) == "cancelled"


def test_what_is_wrong_is_said_in_plain_words(lamps, people, monkeypatch, caplog) -> None:
    wrong = asked(people.analyst, held={"stock": 1000.0})
    Worker().work(until_empty=True)
    wrong.refresh_from_db()
    assert wrong.state == "failed"
    assert wrong.problems[0]["expected"].endswith("the range of its sources")

    def broken(*_args, **_options):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(ChunkRunner, "run", broken)
    job = asked(people.analyst)
    Worker().work(until_empty=True)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "ZeroDivisionError" in job.problems[0]["what"]
    assert "secret detail" not in str(job.problems)
    assert "secret detail" in caplog.text


def test_progress_is_written_at_most_twice_a_second(lamps, people, monkeypatch) -> None:
    asked(people.analyst)
    taken = take("one")
    written: list[float] = []
    renew = leasing.renew

    def counted(*args, **options):
        written.append(time.monotonic())
        return renew(*args, **options)

    monkeypatch.setattr("coercivity.desk.runs.pulse.renew", counted)
    pulse = Pulse(taken)
    with pulse.beating():
        end = time.monotonic() + 2.2
        while time.monotonic() < end:
            pulse.progress("simulate", min(1.0, 1.0 - (end - time.monotonic()) / 3.0))
            time.sleep(0.001)
    assert 2 <= len(written) <= 4
    assert min(b - a for a, b in pairwise(written)) >= 0.49


def test_a_pulse_says_when_the_job_is_lost(lamps, people) -> None:
    job = asked(people.analyst)
    taken = take("one")
    Job.objects.filter(pk=job.pk).update(lease_owner="another")
    pulse = Pulse(taken)

    def go_on() -> None:
        for _ in range(100):
            pulse.progress("simulate", 0.5)
            time.sleep(0.05)

    with pulse.beating(), pytest.raises(StoppedError) as stopped:
        go_on()
    assert stopped.value.reason is StopReason.LOST


def test_the_database_refuses_impossible_jobs(lamps, people) -> None:
    job = asked(people.analyst)
    for change in ({"state": "lost"}, {"share": 1.5}, {"state": "running"}, {"state": "done"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.filter(pk=job.pk).update(**change)


def test_broken_laws_of_the_model_fail_the_job(lamps, people, monkeypatch) -> None:
    def breach(*_args, **_options):
        raise InvariantError("stock is negative", where="day 3")

    monkeypatch.setattr(ChunkRunner, "run", breach)
    job = asked(people.analyst)
    Worker().work(until_empty=True)
    job.refresh_from_db()
    assert (job.state, job.problems[0]["where"]) == ("failed", "day 3")


def test_the_command_warms_the_kernels_and_works(lamps, people, monkeypatch) -> None:
    monkeypatch.setattr(Worker, "listen_to_signals", lambda self: None)
    job = asked(people.analyst, members=16)
    call_command("worker", count=1, once=True)
    assert state_of(job) == "done"
