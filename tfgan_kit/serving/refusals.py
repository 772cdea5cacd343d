"""Requests that are answered with a refusal: one line, and a status for REST and for gRPC."""

import reprlib

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["RequestError", "brief"]

_MAX_CHARACTERS = 80


class RequestError(InvalidArgument):
    """A request that the server refuses; the server itself is well.

    Args:
        message: String. Names the field, what was expected and what was received.
        http_status: Integer in [400, 499]. Defaults to 400.
        grpc_status: String, the name of a member of `grpc.StatusCode`. Defaults to
            "INVALID_ARGUMENT".

    Example:

    ```python
    from tfgan_kit.serving import RequestError

    try:
        raise RequestError("The model 'cats' does not exist", 404, "NOT_FOUND")
    except ValueError as error:
        print(error.http_status, error)
    ```

    Reference:
        [Open Inference Protocol](https://github.com/kserve/open-inference-protocol)
    """

    def __init__(self, message, http_status=400, grpc_status="INVALID_ARGUMENT"):
        super().__init__(" ".join(str(message).split()))
        self.http_status = http_status
        self.grpc_status = grpc_status


def brief(value):
    """What was received, short enough for one line of an error."""
    try:
        text = reprlib.repr(value)
    except ValueError:  # Python refuses to print integers of thousands of digits.
        text = f"a very large {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= _MAX_CHARACTERS else f"{text[: _MAX_CHARACTERS - 3]}..."
