"""Hide what libraries write to standard error from C++, and TensorFlow's own log."""

import contextlib
import logging
import os
import sys
import tempfile

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["quiet"]


@contextlib.contextmanager
def quiet():
    """Hide what is written to standard error, and show it if the block raises."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as messages, contextlib.ExitStack() as stack:
        # In a notebook it writes to a stream of Python's, which the file descriptor is not.
        logger = logging.getLogger("tensorflow")
        logger.addFilter(_is_error)
        stack.callback(logger.removeFilter, _is_error)
        try:
            terminal = os.dup(2)
        except OSError:  # Standard error is closed.
            yield
            return
        stack.callback(os.close, terminal)
        os.dup2(messages.fileno(), 2)
        try:
            yield
        except InvalidArgument:
            raise
        except Exception:
            messages.seek(0)
            os.write(terminal, messages.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)


def _is_error(record):
    return record.levelno >= logging.ERROR
