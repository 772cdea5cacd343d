"""Standard error, kept clean."""

import logging
import os
import subprocess
import sys

import pytest

from tfgan_kit.utils.errors import InvalidArgument
from tfgan_kit.utils.streams import quiet


def test_what_is_written_from_below_is_not_seen(capfd):
    with quiet():
        os.write(2, b"noise from C++\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_tensorflows_log_is_not_seen_even_where_a_notebook_shows_it(caplog):
    caplog.set_level("INFO", "tensorflow")
    logger = logging.getLogger("tensorflow")
    with quiet():
        logger.info("Assets written")
        logger.error("broken")
    logger.info("after")
    assert caplog.messages == ["broken", "after"]


@pytest.mark.parametrize("error, seen", [(RuntimeError, "noise"), (InvalidArgument, "")])
def test_it_is_shown_where_the_block_raises_but_for_a_users_mistake(capfd, error, seen):
    with pytest.raises(error), quiet():
        os.write(2, b"noise")
        raise error("why")
    assert capfd.readouterr().err == seen


def test_closed_standard_error_is_no_error():
    code = (
        "import os; os.close(2); from tfgan_kit.utils.streams import quiet\n"
        "with quiet(): print('done')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "done\n"
