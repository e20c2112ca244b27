"""The pool: results of every task, and the place where a bad one broke its worker."""

from __future__ import annotations

import time

import pytest

from coercivity.documents.limits import Limits
from coercivity.documents.workers import Broken, Task, run_tasks


def run(function, tasks, *, setup=None, workers=2, **limits):
    given = (Task(str(key), payload) for key, payload in enumerate(tasks))
    found = run_tasks(
        f"support.doomed:{function}", setup, given, workers=workers, limits=Limits(**limits)
    )
    return {task.key: result for task, result in found}


def test_every_task_has_its_result_whatever_is_printed():
    found = run("doubled", range(40), setup="s")
    assert found == {str(n): ("s", 2 * n) for n in range(40)}


def test_no_tasks_start_nothing():
    assert run("doubled", []) == {}


def test_dead_raising_and_greedy_documents_are_named_and_the_rest_proceeds():
    found = run(
        "each",
        [["a", "b"], ["c", "kill"], ["d"], ["raise"], ["e", "f", "eat"], ["g"]],
        workers=1,
        worker_bytes=2 * 2**30,
    )
    assert [found[key] for key in "025"] == [["a", "b"], ["d"], ["g"]]
    assert found["1"].position == 1
    assert "ended with -9" in found["1"].reason
    assert (found["3"].position, found["3"].reason) == (0, "ValueError: it will not do")
    assert found["4"].position == 2
    assert "MemoryError" in found["4"].reason


def test_document_that_hangs_is_given_up():
    start = time.monotonic()
    found = run("each", [["a", "hang"], ["b"]], workers=1, seconds=0.5)
    assert isinstance(found["0"], Broken)
    assert found["0"].position == 1
    assert "no progress for 0.5 s" in found["0"].reason
    assert found["1"] == ["b"]
    assert time.monotonic() - start < 60


def test_error_of_the_tasks_themselves_reaches_the_caller():
    def tasks():
        yield ["a"]
        raise KeyError("the source of tasks broke")

    with pytest.raises(KeyError, match="source of tasks"):
        run("each", tasks())


def test_results_may_be_left_untaken():
    given = (Task(str(n), [n]) for n in range(1000))
    found = run_tasks("support.doomed:each", None, given, workers=2)
    next(found)
    found.close()
