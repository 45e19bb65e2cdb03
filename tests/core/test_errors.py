"""What is said of an unknown name."""

import pytest

from rttgeo.errors import unknown_name


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([], "no node 'ab'; there is none at all"),
        (["abc"], "no node 'ab'; the only one is 'abc'"),
        (["abc", "x"], "no node 'ab'; did you mean 'abc'? There are abc, x"),
        (["y", "x"], "no node 'ab'; there are y, x"),
    ],
)
def test_an_unknown_name_is_answered_once(known, said):
    assert str(unknown_name("node", "ab", known)) == said
