"""Who waits is told, once it takes long, and nobody else."""

from __future__ import annotations

import time

import pytest

from rttgeo.machine import waiting as module
from rttgeo.machine.waiting import tell_of_waiting, waiting


@pytest.fixture
def said(monkeypatch):
    lines: list[str] = []
    yield lines
    tell_of_waiting(None)


def test_a_long_step_is_told_once_and_a_short_one_never(said, monkeypatch) -> None:
    tell_of_waiting(said.append)
    with waiting("short"):
        pass
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    with waiting("long"):
        end = time.monotonic() + 60
        while not said and time.monotonic() < end:
            time.sleep(0.001)
    assert said == ["long"]


def test_a_library_says_nothing(said, monkeypatch, capsys) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    with waiting("long"):
        time.sleep(0.01)
    assert said == []
    assert capsys.readouterr() == ("", "")


def test_an_error_goes_through_and_ends_the_waiting(said) -> None:
    tell_of_waiting(said.append)
    with pytest.raises(ZeroDivisionError), waiting("never said"):
        1 / 0  # noqa: B018
    assert said == []
