"""Label smoothing."""

import numpy as np
import pytest

from tfgan_kit import losses
from tfgan_kit.utils.errors import InvalidArgument


@pytest.mark.parametrize("wrong", [-0.1, 0.51, True, None, np.array([0.1, 0.2])])
def test_smoothing_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidArgument, match="`label_smoothing` must be a number in .*Received"):
        losses.NonSaturating(label_smoothing=wrong)
