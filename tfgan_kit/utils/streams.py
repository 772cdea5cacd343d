"""Hide what libraries write to standard error from C++."""

import contextlib
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
