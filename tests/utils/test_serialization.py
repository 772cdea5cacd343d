"""Constructor arguments go to a config and come back, objects among them."""

import keras

from tfgan_kit.utils.serialization import Configurable


class Weighted(Configurable):
    def __init__(self, weight=1.0, interval=1):
        self.weight, self.interval = weight, interval


def test_arguments_come_back_under_their_own_names():
    schedule = keras.optimizers.schedules.CosineDecay(2.0, 50)
    config = Weighted(schedule, interval=4).get_config()
    assert list(config) == ["weight", "interval"] and config["interval"] == 4
    copy = Weighted.from_config(config)
    assert copy.weight.get_config() == schedule.get_config() and copy.interval == 4
