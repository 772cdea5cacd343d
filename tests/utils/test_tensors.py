"""Numbers that can be squared and subtracted."""

import numpy as np
import pytest
from keras import ops

from tfgan_kit.utils.tensors import at_least_float32


@pytest.mark.parametrize("given", ["float16", "bfloat16", "int32", "float32", "float64"])
def test_at_least_float32(given):
    logits = ops.cast([[-3], [5]], given)
    result = at_least_float32(logits)
    assert result.dtype == ("float64" if given == "float64" else "float32")
    np.testing.assert_array_equal(result, [[-3], [5]])
    assert (result is logits) == (given in ("float32", "float64"))
    assert at_least_float32([1.5, 2.5]).shape == (2,)
