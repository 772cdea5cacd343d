"""How penalties are found by name, config and object."""

import keras
import pytest

from tfgan_kit import penalties

NAMES = {
    "r1": penalties.R1,
    "r2": penalties.R2,
    "wgan_gp": penalties.WGANGP,
    "dragan": penalties.DRAGAN,
    "drift": penalties.Drift,
    "gdpp": penalties.GDPP,
}


@pytest.mark.parametrize("name", NAMES)
def test_get_takes_name_config_and_object(name):
    penalty = penalties.get(name)
    assert type(penalty) is NAMES[name]
    assert penalties.get(penalty) is penalty
    again = penalties.get(keras.saving.serialize_keras_object(penalty))
    assert type(again) is NAMES[name] and again is not penalty


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("wgangp", "did you mean 'wgan_gp'"),
        (None, "Received: penalties=None"),
        (3, "Received: penalties=3"),
        (penalties.R1, "an instance or config of Penalty"),
    ],
)
def test_get_refuses_the_rest(wrong, message):
    with pytest.raises(ValueError, match=message):
        penalties.get(wrong)


def test_get_refuses_a_penalty_of_neither_network():
    class Nowhere(penalties.Penalty):
        def __call__(self, critique):
            return critique.fake_logits[:, 0]

    with pytest.raises(ValueError, match="`sides` of Nowhere must name a network"):
        penalties.get(Nowhere())


def test_get_all_takes_none_lists_and_one_alone():
    r2 = penalties.R2(gamma=1.0)
    assert penalties.get_all(None) == penalties.get_all([]) == ()
    found = penalties.get_all(["r1", r2])
    assert type(found[0]) is penalties.R1 and found[1] is r2 and len(found) == 2
    assert penalties.get_all(r2) == (r2,)
    (alone,) = penalties.get_all("drift")
    assert type(alone) is penalties.Drift
    with pytest.raises(ValueError, match="'r3'"):
        penalties.get_all(["r1", "r3"])


def test_each_penalty_belongs_to_one_network_and_says_whether_it_sees_real_images():
    for name, kind in NAMES.items():
        side = "generator" if name == "gdpp" else "discriminator"
        assert kind.sides == (side,) and kind.uses_real == (name == "gdpp")
    assert penalties.GeneratorPenalty.uses_real is False
