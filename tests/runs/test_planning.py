"""Runs with a loss and networks of one's own, from a file or from Python; runs from weights."""

import dataclasses
import io
import json
import re
import shutil

import keras
import numpy as np
import pytest
from rich.console import Console

from tfgan_kit import callbacks, media, recipes, runs
from tfgan_kit.runs import planning, training

# The example of README.
EXAMPLE = """
import dataclasses

from keras import ops
from tfgan_kit import losses, models, recipes


class BoundarySeeking(losses.NonSaturating):  # Hjelm et al., 2017, arXiv:1702.08431
    def generator_loss(self, fake_logits, real_logits=None):
        return ops.mean(ops.square(fake_logits)) / 2


def networks(image_shape, latent_dim):
    return models.mlp(image_shape, latent_dim, width=8)


settings = {"loss": BoundarySeeking(), "model": networks, "model_arguments": {}, "penalties": []}
recipe = dataclasses.replace(recipes.get("dcgan"), name="boundary", latent_dim=4, **settings)
"""


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """A function that forgets the classes of recipe files, as a new process does not know them."""
    monkeypatch.setattr(training, "_plot", lambda run: None)
    known = keras.saving.get_custom_objects()
    before = dict(known)

    def forget():
        known.clear()
        known.update(before)

    yield forget
    forget()


def untrained(plan, path):
    """A run with a checkpoint of its first state."""
    run = runs.Run.create(path, plan.config)
    checkpoint = callbacks.RunCheckpoint(run.checkpoints_path)
    checkpoint.set_model(plan.gan)
    checkpoint.save()
    return run


@pytest.fixture
def own_run(shapes_file, tmp_path, command_line, forget):
    """A run of one epoch that the command line started with a recipe file, which is then gone."""
    (tmp_path / "boundary.py").write_text(EXAMPLE)
    out = command_line(
        *("train", shapes_file, "--recipe", "boundary.py", "--epochs", 1, "--batch-size", 48),
        cwd=tmp_path,
    ).out
    assert "boundary, batch size 48" in out
    (tmp_path / "boundary.py").unlink()
    forget()
    return runs.Run(tmp_path / "runs" / "shapes-boundary")


def test_every_command_works_with_it_and_no_other_recipe(
    own_run, command_line, cache_dir, forget, tmp_path, unproven
):
    assert own_run.recipe_path.read_text() == EXAMPLE
    assert type(own_run.load_gan().adversarial_loss).__name__ == "BoundarySeeking"
    for arguments, expected in (
        (("train", "--out", own_run.path, "--resume", "--epochs", 2), "Finished."),
        (("info", own_run.path), "2 whole epochs"),
        (("sample", own_run.path, "-n", 4, "--last"), "Wrote 4 images"),
        (("export", own_run.path, "--format", "saved_model"), "Written to"),
        (
            ("evaluate", own_run.path, "--features", "pixels", "-n", 50, "--cache-dir", cache_dir),
            "quality",
        ),
    ):
        forget()
        assert expected in command_line(*arguments, cwd=tmp_path).out
    (tmp_path / "other.py").write_text(EXAMPLE + "\n")
    resume = ("train", "--out", own_run.path, "--resume", "--epochs", 3)
    for more, message in (
        (("--recipe", "other.py"), "--recipe) cannot change"),
        (("--recipe", "dcgan"), "--recipe cannot change when a run is resumed: "),
    ):
        assert message in command_line(*resume, *more, cwd=tmp_path, code=2).err
    own_run.recipe_path.write_text(EXAMPLE + "\n")
    err = command_line(*resume, cwd=tmp_path, code=2).err
    assert "recipe.py is not the file that the run began with: its SHA-256 differs" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "def net(image_shape, latent_dim):\n    raise KeyError('no')\n",
            "mine.py, line 4: KeyError",
        ),
        ("def net(latent_dim):\n    return 1\n", "mine.py: TypeError: net\\(\\) got an unexpected"),
        ("def net(image_shape, latent_dim):\n    return 1\n", "must return a generator and a disc"),
    ],
)
def test_errors_of_its_networks_are_one_sentence(image_file, tmp_path, text, message):
    settings = "name='mine', model=net, model_arguments={}"
    text = f"import dataclasses\nfrom tfgan_kit import recipes\n{text}"
    text += f"recipe = dataclasses.replace(recipes.get('dcgan'), {settings})\n"
    (tmp_path / "mine.py").write_text(text)
    config = runs.RunConfig(source=str(image_file), recipe=str(tmp_path / "mine.py"))
    with pytest.raises(ValueError, match=message):
        runs.plan(config)


@pytest.mark.slow
def test_run_from_python_names_the_class_that_is_missing(
    image_file, tmp_path, command_line, forget
):
    """Its class was in the program that started it; a file of it is kept with the run."""
    (tmp_path / "losses.py").write_text(EXAMPLE)
    recipe = {**vars(recipes.get(tmp_path / "losses.py")), "batch_size": 16}
    config = runs.RunConfig(source=str(image_file), recipe=recipe, epochs=1)
    run = untrained(runs.plan(config), tmp_path / "run")
    forget()
    resume = ("train", "--out", "run", "--resume", "--epochs", 1)
    for arguments in (resume, ("sample", "run", "--last")):
        err = command_line(*arguments, cwd=tmp_path, code=2).err
        assert re.search("run needs the (function|class) (networks|BoundarySeeking), which", err)
        assert "--resume --recipe FILE.py" in err and err.count("\n") == 1
    command_line(*resume, "--recipe", "losses.py", cwd=tmp_path)
    forget()
    command_line("train", "--out", "run", "--resume", "--epochs", 2, cwd=tmp_path)
    assert run.config.recipe_file["sha256"] and len(run.metrics) == 2


# Runs from the weights of another one ---------------------------------------------------------


@pytest.fixture(scope="module")
def first_base(tmp_path_factory):
    """A run of one epoch, without plots."""
    folder = tmp_path_factory.mktemp("base")
    pixels = np.random.default_rng(0).integers(0, 256, (50, 16, 16), dtype="uint8")
    np.savez(folder / "blobs.npz", images=pixels)
    # Nothing here depends on the networks, and these are quickly built.
    small = {"model": "mlp", "model_arguments": {"width": 8, "depth": 1}, "penalties": []}
    recipe = {**vars(recipes.get("dcgan")), "batch_size": 16, "latent_dim": 4, **small}
    settings = {"recipe": recipe, "epochs": 1, "precision": "float32"}
    config = runs.RunConfig(source=str(folder / "blobs.npz"), **settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_plot", lambda run: None)
        console = Console(file=io.StringIO())
        return runs.start(runs.plan(config), folder / "base", console=console)


@pytest.fixture
def base(first_base, image_file, tmp_path):
    """A copy of it that a test may change, as trained on an image file beside it."""
    run = runs.Run(shutil.copytree(first_base.path, tmp_path / "base"))
    dataclasses.replace(run.config, source=str(image_file)).save(run.config_path)
    return run


def test_weights_are_taken_over_and_optimizers_are_new(base, tmp_path, command_line):
    more = np.random.default_rng(1).integers(0, 256, (70, 16, 16), "uint8")
    np.save(tmp_path / "more.npy", more)
    before = base.load_gan()
    config = dataclasses.replace(base.config, source=str(tmp_path / "more.npy"), data={})
    plan = runs.plan(dataclasses.replace(config, from_run=str(base.path)))
    pairs = [
        (plan.gan.generator, before.generator),
        (plan.gan.discriminator, before.discriminator),
        (plan.gan.sampling_generator, before.sampling_generator),
    ]
    for new, old in pairs:
        for a, b in zip(new.get_weights(), old.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    assert int(plan.gan.step.numpy()) == 0 and int(before.step.numpy()) == 4
    out = command_line(
        *("train", "more.npy", "--from", "base", "--batch-size", 35, "--epochs", 1), cwd=tmp_path
    ).out
    assert re.search(r"from +\S*base, step 4\n", out)
    run = runs.Run(tmp_path / "runs" / "more-dcgan")
    assert (run.config.from_run, run.config.from_step) == (str(base.path.resolve()), 4)
    assert run.config.recipe.batch_size == 35 and run.status["step"] == 2


def test_killed_at_the_start_it_begins_again_from_the_same_weights(base, tmp_path, quiet):
    plan = runs.plan(dataclasses.replace(base.config, from_run=str(base.path), epochs=1))
    whole = runs.start(plan, tmp_path / "whole", console=quiet)
    run = runs.Run.create(tmp_path / "killed", plan.config)
    resumed = runs.resume(run.path, console=quiet)
    pairs = zip(whole.load_gan().get_weights(), resumed.load_gan().get_weights(), strict=True)
    for a, b in pairs:
        np.testing.assert_array_equal(a, b)
    # With a checkpoint of its own it needs the other run no longer.
    shutil.rmtree(base.path)
    assert runs.resume(run.path, epochs=2, console=quiet).status["step"] == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--recipe", "tutorial"), "The networks of base do not fit those of the new run. Use its"),
        (("--image-size", 32), "recipe, dcgan, and its image shape, [16, 16, 1]"),
        (("--out", "base", "--resume"), "--from cannot change when a run is resumed"),
    ],
)
def test_weights_that_do_not_fit(base, tmp_path, command_line, arguments, message):
    err = command_line(
        *("train", "blobs.npz", "--from", "base", *arguments), cwd=tmp_path, code=2
    ).err
    assert message in err and err.count("\n") == 1


def test_weights_of_other_classes(shapes_file, tmp_path):
    settings = {"recipe": {**vars(recipes.get()), "latent_dim": 4}, "epochs": 1}
    untrained(runs.plan(runs.RunConfig(source=str(shapes_file), **settings)), tmp_path / "base")
    images = np.random.default_rng(0).integers(0, 256, (90, 16, 16), "uint8")
    for num_classes, names in ((3, None), (2, ["left", "right"])):
        labels = np.arange(90) % num_classes
        for number, label in enumerate(labels):
            folder = tmp_path / str(num_classes) / (names[label] if names else str(label))
            media.write_image(folder / f"{number}.png", images[number][..., None])
    given = {**settings, "from_run": str(tmp_path / "base")}
    message = "base do not fit the new run. It is conditional on 2 classes: 0, 1; .* is .*"
    for conditional, reason in (
        (None, "0, 1, 2. The classes must be the same"),
        (False, "unconditional; .* Leave out --unconditional"),
    ):
        with pytest.raises(ValueError, match=message + reason):
            runs.plan(runs.RunConfig(source=str(tmp_path / "3"), conditional=conditional, **given))
    with pytest.warns(UserWarning, match="base is .*: 0, 1; the new run is .*: left, right"):
        runs.plan(runs.RunConfig(source=str(tmp_path / "2"), **given))


@pytest.mark.parametrize("conditional", [False, True])
def test_runs_of_earlier_versions_stay_what_they_are(shapes_file, tmp_path, conditional):
    """They used labels only if the recipe said so, and their grids had no rows of classes."""
    recipe = dataclasses.replace(recipes.get(), conditional=conditional)
    planned = runs.plan(runs.RunConfig(source=str(shapes_file), recipe=recipe)).config
    run = runs.Run.create(tmp_path / "old", planned)
    values = json.loads(run.config_path.read_text())
    del values["conditional"], values["clusters"]
    values["data"].pop("class_shares", None)
    if not conditional:
        del values["recipe"]["conditional"]
    run.config_path.write_text(json.dumps(values))
    _, plan = planning.plan_resume(run.path)
    assert plan.gan.num_classes == (2 if conditional else None)
    assert (plan.config.conditional, plan.config.clusters) == (conditional, 0)
    assert "class_shares" not in plan.config.data and run.shown_classes is None


def test_clusters_of_a_run_are_kept_with_it(shapes_file, tmp_path):
    plan = runs.plan(runs.RunConfig(source=str(shapes_file), clusters=2))
    run = runs.Run.create(tmp_path / "run", plan.config, plan.clusters)
    _, again = planning.plan_resume(run.path)
    np.testing.assert_array_equal(again.clusters.labels, plan.clusters.labels)
    # A run that starts with its weights has its clusters, if the settings and images are the same.
    found = planning.labels.find(plan.config, plan.source, run)
    np.testing.assert_array_equal(found.labels, plan.clusters.labels)
    run.clusters_path.unlink()
    with pytest.raises(ValueError, match="clusters.npz is missing; .*start a new run"):
        planning.plan_resume(run.path)


def test_run_too_short_to_grow_is_named(image_file):
    """50 images of 16x16; levels of 8x8 and 16x16 are whole after 200 and 400."""
    arguments = {"width": 2, "level_images": 100, "fade_images": 100}
    changes = {"model_arguments": arguments, "latent_dim": 2}
    recipe = dataclasses.replace(recipes.get("pgan"), **changes)
    grown = "The networks grow to 16x16 after 400 images"
    short = grown + "; this run ends after 150, at 4x4: give --epochs 8 or more"
    with pytest.warns(UserWarning, match=f"^{short}$"):
        plan = runs.plan(runs.RunConfig(source=str(image_file), recipe=recipe, epochs=3))

    def warn(**length):
        config = dataclasses.replace(plan.config, **length)
        planning._warn_of_growth(dataclasses.replace(plan, config=config))

    with pytest.warns(UserWarning, match="; this run ends after 350, at 8x8: give --epochs 8 or"):
        warn(epochs=7)
    with pytest.warns(UserWarning, match=f"^{grown}$"):
        warn(minutes=1.0)
    warn(epochs=8)


# Images that were moved -----------------------------------------------------------------------


def test_moved_images_are_given_at_resume(base, image_file, tmp_path, command_line):
    resume = ("train", "--out", "base", "--resume", "--epochs", 2)
    image_file.rename(tmp_path / "moved.npz")
    err = command_line(*resume, cwd=tmp_path, code=2).err
    assert "blobs.npz, which base was trained on, is not there. If the images were moved" in err
    np.save(tmp_path / "other.npy", np.zeros((50, 16, 16), "uint8"))
    err = command_line(*resume, "other.npy", cwd=tmp_path, code=2).err
    assert "other.npy is not what base was trained on: 50 images then, 50 now" in err
    out = command_line(*resume, "moved.npz", "--dry-run", cwd=tmp_path).out
    assert "it stopped at step 4" in out
    command_line(*resume, "moved.npz", cwd=tmp_path)
    assert base.config.source == str(tmp_path / "moved.npz") and base.status["step"] == 8


@pytest.mark.parametrize(
    "arguments",
    [
        *(("--precision", "auto"), ("--precision", "float32"), ("--image-size", 16)),
        *(("--channels", 1), ("--batch-size", 16), ("--recipe", "dcgan"), ("--seed", 0)),
    ],
)
def test_settings_that_do_not_change_are_accepted_at_resume(
    base, tmp_path, command_line, arguments
):
    resume = ("train", "blobs.npz", "--out", "base", "--resume", "--epochs", 2, "--dry-run")
    assert "Would resume" in command_line(*resume, *arguments, cwd=tmp_path).out
