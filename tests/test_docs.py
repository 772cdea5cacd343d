"""What users read: docstrings of every public name, and the Python of README."""

import importlib
import inspect
import pathlib
import pkgutil
import re
import warnings

import pytest

import tfgan_kit

ROOT = pathlib.Path(__file__).parents[1]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def public_objects():
    """Every class and function that a module's `__all__` names, once each."""
    seen = {}
    for module in pkgutil.walk_packages(tfgan_kit.__path__, "tfgan_kit."):
        if module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for name in getattr(loaded, "__all__", []):
            value = getattr(loaded, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                seen[f"{value.__module__}.{name}"] = value
    return seen


PUBLIC = public_objects()
# What the command line needs of its own, and no user calls.
INTERNAL = {
    "tfgan_kit.cli.main",
    *(f"tfgan_kit.cli.ship.{name}" for name in ("export", "sample", "serve")),
    *(
        f"tfgan_kit.cli.console.{name}"
        for name in ("fail", "import_quietly", "print_rows", "print_table", "show_warning")
    ),
    "tfgan_kit.runs.stopping.StopCallback",
    "tfgan_kit.runs.stopping.TrainingStopped",
    "tfgan_kit.runs.stopping.stop_on_signals",
    "tfgan_kit.runs.page.write_page",
}


# Examples that train, or load what they export in fresh processes.
LONG = re.compile(
    r"tfgan_kit\.(runs\.(training|evaluation|comparison|pictures)|callbacks|export"
    r"|runtime\.(generator|loading)|metrics\.(classifier|extractors))\."
)


def takes_arguments(value):
    if inspect.isclass(value) and issubclass(value, Exception):
        return False  # Its signature says `*args`, and its docstring `message`.
    names = [n for n in inspect.signature(value).parameters if n not in ("self", "args", "kwargs")]
    return bool(names) and value.__init__ is not object.__init__


@pytest.mark.parametrize("name", sorted(set(PUBLIC)))
def test_public_name_is_documented(name):
    doc = inspect.getdoc(PUBLIC[name])
    assert doc and len(doc.splitlines()[0]) <= 100
    if name in INTERNAL:
        return
    assert "Example:" in doc, "a runnable example is missing"
    if takes_arguments(PUBLIC[name]):
        assert "Args:" in doc
        for argument in inspect.signature(PUBLIC[name]).parameters:
            assert re.search(rf"^\s*\*{{0,2}}{argument}: ", doc, re.MULTILINE), argument
    if inspect.isfunction(PUBLIC[name]) and "return " in inspect.getsource(PUBLIC[name]):
        assert "Returns:" in doc or "Yields:" in doc


def run_example(code, where):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(code, where, "exec"), {"__name__": "example"})


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * bool(LONG.match(name)))
        for name in sorted(set(PUBLIC) - INTERNAL)
    ],
)
def test_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = EXAMPLE.findall(inspect.getdoc(PUBLIC[name]))
    assert examples
    for code in examples:
        run_example(code, name)


@pytest.fixture
def two_steps(monkeypatch):
    """Epochs of two steps: README is about the calls, and trains on real digits."""
    fit = tfgan_kit.GAN.fit

    def short_fit(self, x, **arguments):
        return fit(self, x if "steps_per_epoch" in arguments else x.take(2), **arguments)

    monkeypatch.setattr(tfgan_kit.GAN, "fit", short_fit)


README = EXAMPLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("two_steps")
@pytest.mark.parametrize(
    "code",
    [
        # That of the metrics trains a judge as well as a GAN.
        pytest.param(code, marks=[pytest.mark.slow] * ("train_classifier" in code))
        for code in README
    ],
    ids=map(str, range(len(README))),
)
def test_readme_python_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = re.sub(r"\bsteps=\d+", "steps=5", re.sub(r"epochs=\d+", "epochs=1", code))
    run_example(code, "README.md")


def test_readme_has_python():
    assert len(README) >= 4


def test_readme_links_and_pictures_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)]+)\)|src=\"(?!https?:)([^\"]+)\"", text)
    paths = [a or b for a, b in targets]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_changelog_has_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{tfgan_kit.__version__}]" in text or "## [Unreleased]" in text
