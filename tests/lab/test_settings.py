"""Settings of the playground: ranges, the address of a page, and the kit's own names."""

import pytest

from tfgan_kit import losses, penalties
from tfgan_kit.lab import settings as room
from tfgan_kit.lab.settings import Settings
from tfgan_kit.utils.errors import InvalidArgument


def test_every_loss_is_offered_and_every_name_is_known():
    offered = {type(losses.get(name)).__name__ for name in room.LOSSES}
    assert offered == set(losses.__all__) - {"AdversarialLoss", "get"}
    for name in room.PENALTIES:
        penalties.get(name)


def test_every_setting_is_explained_in_one_sentence():
    for name in Settings.names():
        doc = Settings.param[name].doc
        assert doc[0].isupper() and doc.endswith(".") and doc.count(". ") == 0, (name, doc)


def test_names_of_changes_are_settings():
    assert set(Settings.names()) >= room.NEW_NETWORKS | room.NEW_STEP


@pytest.mark.parametrize(
    ("values", "query"),
    [
        ({}, {}),
        ({"data": "grid", "conditional": True}, {"data": "grid", "conditional": "True"}),
        ({"penalties": ["r1", "r2"]}, {"penalties": "r1,r2"}),
        (
            {"noise_dim": 1, "generator_rate": 0.00001},
            {"noise_dim": "1", "generator_rate": "1e-05"},
        ),
        ({"seed": 7, "generator_steps": 0}, {"seed": "7", "generator_steps": "0"}),
    ],
    ids=["defaults", "data", "list", "numbers", "zero"],
)
def test_address_and_back(values, query):
    chosen = Settings(**values)
    assert chosen.as_query() == query
    assert Settings.of_query({**query, "theme": "dark"}).as_dict() == chosen.as_dict()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"data": "cube"}, "cube"),
        ({"generator_layers": "9"}, "9"),
        ({"generator_layers": "many"}, "many"),
        ({"penalties": "r1,r9"}, "r9"),
        ({"conditional": "perhaps"}, "perhaps"),
    ],
    ids=["choice", "range", "number", "list", "boolean"],
)
def test_what_cannot_be_is_named(query, message):
    with pytest.raises(InvalidArgument, match=message):
        Settings.of_query(query)


def test_unknown_setting():
    with pytest.raises(InvalidArgument, match="`color` is not a setting"):
        Settings(color="red")
