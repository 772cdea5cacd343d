"""A recipe of one's own in a Python file: found, run, and its errors named by line."""

import keras
import pytest

from tfgan_kit import recipes
from tfgan_kit.recipes import own

BEGIN = "import dataclasses\nfrom tfgan_kit import losses, recipes\n"
MINE = "dataclasses.replace(recipes.get('lsgan'), name='mine', batch_size=5)\n"


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "my_recipe.py"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        f"recipe = {MINE}",
        f"anything = {MINE}",
        f"first = {MINE}recipe = dataclasses.replace(first, latent_dim=7)\n",
        f"from tfgan_kit.recipes import dcgan\nDCGAN = dcgan.DCGAN\nother = {MINE}",
    ],
)
@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_recipe_of_a_file(write, text, kind):
    recipe = recipes.get(kind(write(BEGIN + text)))
    assert (recipe.name, recipe.batch_size) == ("mine", 5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\n", r"my_recipe.py must define one `Recipe`, or .*Found: none"),
        (f"{BEGIN}a = {MINE}b = dataclasses.replace(a, batch_size=6)\n", "Found: a, b"),
        ("a = 1\nb = (\n", r"my_recipe.py, line 2: SyntaxError: "),
        ("a = 1\n\nb = c\n", r"my_recipe.py, line 3: NameError: name 'c' is not defined"),
        ("from tfgan_kit import recipes\nrecipes.get('dcgam')\n", "line 2: `recipe` must be"),
        ("import no_such_module\n", "line 1: ModuleNotFoundError"),
    ],
)
def test_errors_name_the_line(write, text, message):
    with pytest.raises(ValueError, match=message):
        recipes.get(write(text))


def test_missing_file(tmp_path):
    with pytest.raises(ValueError, match=r"Cannot read the recipe .*gone.py: No such file"):
        recipes.get(tmp_path / "gone.py")


def test_keras_finds_what_the_file_defines(write):
    """Classes and functions, registered or not; what the file imports is left alone."""
    text = (
        "from keras import layers\nclass Mine(layers.Layer):\n    pass\ndef half(x): return x / 2\n"
    )
    module = own.import_file(write(text))
    configs = map(keras.saving.serialize_keras_object, (module.Mine(), module.half))
    layer, function = map(keras.saving.deserialize_keras_object, configs)
    assert type(layer) is module.Mine and function(3) == 1.5
    assert "layers" not in keras.saving.get_custom_objects()
