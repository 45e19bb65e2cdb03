"""`rttgeo fetch --measurement`: measurements by number, without a recipe and a name."""

from __future__ import annotations

import click
import pytest

from rttgeo.atlas.latest import Latest, latest
from rttgeo.cli.own_recipe import apart, has_time, name_of_numbers, numbers_given, own_recipe
from rttgeo.errors import BadInputError

NOW = 1_600_000_000  # 2020-09-13T12:26:40Z


class Listed:
    """A client that lists these measurements."""

    def __init__(self, *measurements: dict):
        self.measurements = measurements

    def listing(self, what: str, id__in: list[int]) -> list[dict]:
        assert what == "measurements"
        return [m for m in self.measurements if m["id"] in id__in]


def test_numbers_make_a_recipe_with_a_name_of_its_own():
    given = {"date": "2020-09-08"}
    wanted = numbers_given(("1001", "1002"), given)
    name = name_of_numbers(None, wanted, given)
    recipe = own_recipe(name, given)
    assert name == "measurement-1001-1002-2020-09-08" and has_time(given)
    assert recipe.measurement_ids == (1001, 1002)
    assert (recipe.start, recipe.stop) == ("2020-09-08", "2020-09-09")
    assert name_of_numbers("mine", wanted, given) == "mine"


def test_numbers_may_stand_behind_each_other():
    assert apart(("1002", "1003"), ("1001",)) == (None, ("1001", "1002", "1003"))
    assert apart(("mine", "1002"), ("1001,5",)) == ("mine", ("1001,5", "1002"))
    assert apart(("2020",), ()) == ("2020", ())
    with pytest.raises(click.UsageError, match="'b' is one name too many"):
        apart(("a", "b"), ())


def test_the_latest_of_what_goes_on_is_the_day_before_now():
    going = {"id": 1, "type": "ping", "start_time": NOW - 10**7, "stop_time": None}
    assert latest(Listed(going), [1], now_s=NOW) == Latest(
        "2020-09-12T12:00Z", "2020-09-13T12:00Z", "ping"
    )
    # One that is not listed, such as a built-in, may go on.
    assert latest(Listed(), [2], now_s=NOW) == Latest("2020-09-12T12:00Z", "2020-09-13T12:00Z", "")


def test_the_latest_of_what_ended_is_the_day_before_its_end():
    ended = {"id": 1, "type": "traceroute", "start_time": 1, "stop_time": 1_500_000_000}
    found = latest(Listed(ended), [1], now_s=NOW)
    assert found == Latest("2017-07-13T03:00Z", "2017-07-14T03:00Z", "traceroute")
    once = {"id": 1, "type": "ping", "is_oneoff": True, "start_time": 1_500_000_000}
    assert latest(Listed(once), [1], now_s=NOW)[:2] == found[:2]


def test_what_ended_at_other_times_or_is_of_other_kinds_is_said():
    ended = {"id": 1, "type": "ping", "start_time": 1, "stop_time": 1_500_000_000}
    going = {"id": 2, "type": "ping", "start_time": 1, "stop_time": None}
    with pytest.raises(BadInputError, match="1 ended on 2017-07-14, 2 on 2020-09-13"):
        latest(Listed(ended, going), [1, 2], now_s=NOW)
    with pytest.raises(BadInputError, match=r"several kinds \(ping, traceroute\)"):
        latest(Listed(going, going | {"id": 3, "type": "traceroute"}), [2, 3], now_s=NOW)


def test_what_is_no_number_is_said():
    with pytest.raises(click.UsageError, match="'x' is not a whole number"):
        numbers_given(("x",), {})
    with pytest.raises(click.UsageError, match="one of the two"):
        numbers_given(("1",), {"measurements": "2"})
