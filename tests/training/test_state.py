"""State by name: files of version 0.1 by number, a later name, a name that is missing."""

import h5py
import keras
import numpy as np
import pytest
from conftest import assert_same, state

from tfgan_kit import penalties
from tfgan_kit.training.state import assign_state, named_state, restore_state


def full(make_gan):
    return make_gan(penalties=["r1"], ema=0.9, replay=8, updates="alternating")


def test_every_name_is_used_once_and_describes_its_variable(make_gan):
    named = named_state(full(make_gan))
    assert len({id(variable) for variable in named.values()}) == len(named)
    assert list(named)[0] == "step" and list(named)[-1] == "images_seen"
    assert {"seed.0", "metric.penalty.total", "ema.0", "replay.pool"} <= named.keys()
    assert "metric.penalty.total" not in named_state(make_gan())


def test_a_file_of_version_0_1_holds_the_same_state_by_number(make_gan, real_images, tmp_path):
    gan, fresh = full(make_gan), full(make_gan)
    gan.fit(real_images, batch_size=8, verbose=0)
    path = tmp_path / "gan.weights.h5"
    gan.save_weights(path)
    with h5py.File(path, "r+") as file:
        values = file["vars"]
        names = [name for name in named_state(gan) if name != "images_seen"]
        for index, name in enumerate(names):
            values.move(name, str(index))
        del values["images_seen"]
    fresh.load_weights(path)
    seen = fresh.images_seen.numpy()
    fresh.images_seen.assign(gan.images_seen)
    assert seen == 0
    assert_same(state(gan), state(fresh))


def test_names_that_differ_are_listed(make_gan, tmp_path):
    gan = full(make_gan)
    gan.save_weights(tmp_path / "gan.weights.h5")
    with pytest.raises(ValueError, match=r"lacks nothing and has ema\.0.* and \d+ more beyond"):
        make_gan().load_weights(tmp_path / "gan.weights.h5")
    stored = {name: variable.numpy() for name, variable in named_state(gan).items()}
    stored.pop("step")
    with pytest.raises(ValueError, match="It lacks step and has nothing beyond"):
        assign_state(gan, stored)


def test_a_term_may_be_added_without_touching_the_rest(make_gan):
    """Two GANs that differ in a penalty alone differ in the names of its metric alone."""
    plain, more = named_state(make_gan()), named_state(make_gan(penalties=[penalties.R1()]))
    assert more.keys() - plain.keys() == {"metric.penalty.total", "metric.penalty.count"}
    values = {name: variable.numpy() for name, variable in plain.items()}
    assert all(np.array_equal(more[name], value) for name, value in values.items())


def test_restore_keeps_counters_random_states_metrics_and_learning_rates(
    make_gan, real_images, tmp_path
):
    gan = make_gan(
        # A learning rate may be a function, which has no variable.
        generator_optimizer=keras.optimizers.SGD(lambda: 0.5),
        discriminator_optimizer="adam",
        ema=0.9,
        replay=30,
        updates="alternating",
        run_eagerly=True,
    )
    weights = {id(weight) for weight in gan.weights}
    seeds = [variable for variable in gan.variables if id(variable) not in weights]
    assert len(seeds) == 3
    rates = gan.optimizer.rate_variables
    kept = [gan.step, gan.images_seen, *seeds, *gan.metrics_variables, *rates]
    learned = [*gan.generator.weights, *gan.discriminator.weights]
    learned += [*gan.ema.state.values(), *gan.replay.state.values()]
    ids = {id(rate) for rate in rates}
    learned += [each for each in gan.optimizer.variables if id(each) not in ids]

    def values(variables):
        return [variable.numpy() for variable in variables]

    gan.fit(real_images, batch_size=20, verbose=0)
    gan.save_weights(tmp_path / "good.weights.h5")
    before = values(learned)
    gan.discriminator_optimizer.learning_rate = 0.25
    gan.fit(real_images, batch_size=20, verbose=0)
    assert any(np.any(a != b) for a, b in zip(before, values(learned), strict=True))
    now = values(kept)
    restore_state(gan, tmp_path / "good.weights.h5")
    assert_same(values(learned), before)
    assert_same(values(kept), now)
    assert gan.step.numpy() == 4 and gan.images_seen.numpy() == 80
