"""An interrupt is heard wherever it falls."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import pytest

from coercivity.cli import running
from coercivity.cli.interrupting import Interrupts


@pytest.fixture(autouse=True)
def interrupts_are_ours():
    # A suite started in the background ignores them.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)


def test_a_swallowed_interrupt_is_repeated():
    def swallows() -> None:
        with suppress(BaseException):
            _interrupt()
        time.sleep(5)

    interrupts = Interrupts()
    with pytest.raises(KeyboardInterrupt), interrupts.listened_for():
        swallows()
    assert interrupts.heard


def test_what_tidies_up_is_not_interrupted_again():
    tidied = []

    def tidies() -> None:
        try:
            _interrupt()
        finally:
            time.sleep(0.7)
            tidied.append(True)

    with pytest.raises(KeyboardInterrupt), Interrupts().listened_for():
        tidies()
    assert tidied


def test_handlers_are_put_back():
    alarm = signal.getsignal(signal.SIGALRM)
    with pytest.raises(KeyboardInterrupt), Interrupts().listened_for():
        _interrupt()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGALRM) is alarm
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_who_ignores_interrupts_goes_on_ignoring_them():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupts = Interrupts()
    with interrupts.listened_for():
        _interrupt()
    assert not interrupts.heard
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.parametrize("comes_out_as", [ImportError, KeyboardInterrupt])
def test_however_it_comes_out_it_ends_with_130(monkeypatch, capsys, comes_out_as):
    def command(**_: object) -> int:
        try:
            _interrupt()
        except KeyboardInterrupt:
            raise comes_out_as from None
        return 0

    monkeypatch.setattr("coercivity.cli.root.app", command)
    assert running.run(["pack", "check"]) == running.INTERRUPTED
    assert "interrupted" in capsys.readouterr().err
