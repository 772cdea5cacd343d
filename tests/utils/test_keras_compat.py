"""The private names of Keras 3.15 that the kit uses still have their meaning."""

import gc
import os
import pathlib
import re
import subprocess
import sys
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfgan_kit
from tfgan_kit import recipes
from tfgan_kit.utils.keras_compat import all_layers, held_learning_rate, without_all_reduce


def run(code, *arguments, **environment):
    """A fresh process: its return code, output and last line of errors."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    env = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    return done.returncode, done.stdout.split(), done.stderr.strip().splitlines()[-1:]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A GAN of another optimizer, and networks with layers of the kit, alone and inside others."""
    folder = tmp_path_factory.mktemp("saved")
    paths = [folder / f"{name}.keras" for name in ("r3gan", "dcgan", "discriminator", "outer")]
    for path in paths[:2]:
        gan = recipes.get(path.stem).build((16, 16, 1), seed=0)
        gan.save(path)
    gan.discriminator.save(paths[2])
    keras.Sequential([keras.Input((16, 16, 1)), gan.discriminator]).save(paths[3])
    return paths


MARKED = re.compile(r"^@keras.saving.register_keras_serializable.*\nclass (\w+)", re.MULTILINE)
LOAD = """
for each in sys.argv[1:]:
    if each.endswith(".keras"):
        print(type(keras.models.load_model(each)).__name__)
    else:
        print(keras.saving.get_registered_object(f"tfgan_kit>{each}").__name__)
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import tfgan_kit.losses, keras",
        pytest.param("import keras, tfgan_kit", marks=pytest.mark.slow),
    ],
)
def test_importing_the_kit_is_enough_to_load_what_it_saved(saved, imports):
    files = pathlib.Path(tfgan_kit.__file__).parent.rglob("*.py")
    names = [name for path in files for name in MARKED.findall(path.read_text(encoding="utf-8"))]
    assert len(names) > 20
    code, out, error = run(f"{imports}, sys\n{LOAD}", *saved, *names)
    assert (code, out) == (0, ["GAN", "GAN", "Sequential", "Sequential", *names]), error
    assert keras.saving.get_registered_object("tfgan_kit>Unknown") is None


AGAIN = "import contextlib\nwith contextlib.suppress(ImportError): tfgan_kit.GAN\ntfgan_kit.GAN"


@pytest.mark.parametrize(
    ("backend", "use"),
    [("jax", "tfgan_kit.losses"), ("torch", "import keras"), ("numpy", "tfgan_kit.GAN")]
    + [("numpy", AGAIN)],
)
def test_another_backend_is_refused_in_one_sentence(backend, use):
    code, _, error = run(f"import tfgan_kit; {use}", KERAS_BACKEND=backend)
    assert code == 1 and error == [
        "ImportError: tfgan_kit needs Keras's TensorFlow backend. Set KERAS_BACKEND=tensorflow "
        f"before Keras is imported. Received: backend {backend!r}"
    ]


def test_every_layer_at_every_depth_once():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="inner")
    dense = keras.layers.Dense(2)
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.SpectralNormalization(dense)])
    layers = all_layers(model)
    assert layers[0] is model
    assert len({id(layer) for layer in layers}) == len(layers)
    assert {inner, inner.layers[0], model.layers[1], dense} <= set(layers)
    assert all_layers(model, include_self=False) == layers[1:]


def test_a_schedule_is_held_and_a_number_is_a_variable():
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    sgd = keras.optimizers.SGD(schedule)
    assert held_learning_rate(sgd) is schedule
    sgd = keras.optimizers.SGD(0.25)
    sgd.learning_rate = 0.5
    held = held_learning_rate(sgd)
    assert isinstance(held, keras.Variable) and float(held) == 0.5


@pytest.mark.parametrize("scaled", [False, True])
def test_a_graph_that_applied_gradients_is_released(scaled):
    variables = [keras.Variable(np.ones(3, "float32")) for _ in range(2)]
    optimizer = keras.optimizers.SGD(0.5)
    optimizer = keras.optimizers.LossScaleOptimizer(optimizer) if scaled else optimizer
    without_all_reduce(optimizer)
    optimizer.build(variables)
    scale = optimizer.scale_loss(1.0)

    @tf.function(autograph=False)
    def step():
        optimizer.apply([scale * variables[0].value, None], variables)

    with pytest.warns(UserWarning, match="Gradients do not exist"):
        step()
    graph = weakref.ref(step.get_concrete_function().graph)
    del step
    gc.collect()
    assert graph() is None
    assert [float(variable[0]) for variable in variables] == [0.5, 1.0]
