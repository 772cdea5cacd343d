"""One line, however the request looked."""

import pytest

from tfgan_kit.serving import RequestError
from tfgan_kit.serving.refusals import brief
from tfgan_kit.utils.errors import InvalidArgument


def test_refusal_is_a_users_mistake_in_one_line():
    error = RequestError("first\nsecond", 404, "NOT_FOUND")
    assert isinstance(error, InvalidArgument)
    assert (str(error), error.http_status, error.grpc_status) == ("first second", 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "value",
    [None, "x" * 10_000, "two\nlines", [[1.5] * 1000] * 10, {"a": {"b": "c" * 500}}, 10**9000],
    ids=["none", "long", "lines", "nested", "dict", "huge"],
)
def test_brief_is_short_and_one_line(value):
    assert 0 < len(brief(value)) <= 80
    assert "\n" not in brief(value)
