"""`rttgeo fetch --measurement`: measurements by number, without a recipe and a name."""

from __future__ import annotations

import re

import click
import pytest

from rttgeo.cli.own_recipe import by_number, own_recipe


def test_numbers_make_a_recipe_with_a_name_of_its_own():
    given = {"date": "2020-09-08"}
    name = by_number("1002", ("1001",), given)
    recipe = own_recipe(name, given)
    assert name == "measurement-1001-1002-2020-09-08"
    assert recipe.measurement_ids == (1001, 1002)
    assert (recipe.start, recipe.stop) == ("2020-09-08", "2020-09-09")


def test_without_a_date_it_is_a_whole_day_that_is_over():
    given: dict[str, str | None] = {}
    name = by_number("mine", ("1001,1003", "1004"), given)
    recipe = own_recipe(name, given)
    assert name == "mine" and recipe.measurement_ids == (1001, 1003, 1004)
    assert recipe.stop_s - recipe.start_s == 86400
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", given["date"])


def test_what_is_no_number_is_said():
    with pytest.raises(click.UsageError, match="'x' is not a whole number"):
        by_number(None, ("x",), {})
    with pytest.raises(click.UsageError, match="one of the two"):
        by_number(None, ("1",), {"measurements": "2"})
