"""What users read: docstrings of every public name, and the Python of README."""

import ast
import importlib
import inspect
import pathlib
import re
import warnings

import pytest

import tfgan_kit

ROOT = pathlib.Path(__file__).parents[1]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


PACKAGE = pathlib.Path(tfgan_kit.__file__).parent
# Modules that a room exports as a whole.
ROOMS_WITHIN = ["tfgan_kit.data.toy", "tfgan_kit.training.augment"]


def public_objects():
    """Every class and function that a room's `__init__` exports, and the `GAN`."""
    rooms = [f"tfgan_kit.{path.parent.name}" for path in sorted(PACKAGE.glob("*/__init__.py"))]
    seen = {id(tfgan_kit.GAN): ("tfgan_kit.GAN", tfgan_kit.GAN)}
    for room in sorted({*rooms, *ROOMS_WITHIN} - {"tfgan_kit.cli"}):
        loaded = importlib.import_module(room)
        for name in getattr(loaded, "__all__", []):
            value = getattr(loaded, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                seen.setdefault(id(value), (f"{room}.{name}", value))
    return dict(seen.values())


PUBLIC = public_objects()


# Examples that train, or load what they export in fresh processes.
LONG = re.compile(
    r"tfgan_kit\.(runs|callbacks|export|serving|evaluation|runtime)\."
    r"|tfgan_kit\.metrics\.(Inception|ModelFeatures|RandomFeatures)|tfgan_kit\.data\.find_clusters"
)


def takes_arguments(value):
    if inspect.isclass(value) and issubclass(value, Exception):
        return False  # Its signature says `*args`, and its docstring `message`.
    names = [n for n in inspect.signature(value).parameters if n not in ("self", "args", "kwargs")]
    return bool(names) and value.__init__ is not object.__init__


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_name_is_documented(name):
    doc = inspect.getdoc(PUBLIC[name])
    assert doc and len(doc.splitlines()[0]) <= 100
    assert "Example:" in doc, "a runnable example is missing"
    if takes_arguments(PUBLIC[name]):
        assert "Args:" in doc
        for argument in inspect.signature(PUBLIC[name]).parameters:
            assert re.search(rf"^\s*\*{{0,2}}{argument}: ", doc, re.MULTILINE), argument
    if inspect.isfunction(PUBLIC[name]) and "return " in inspect.getsource(PUBLIC[name]):
        assert "Returns:" in doc or "Yields:" in doc


def internal_docstrings():
    """Docstrings of functions and classes that no room exports."""
    exported = {value.__qualname__ for value in PUBLIC.values()}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            is_definition = isinstance(node, (ast.FunctionDef, ast.ClassDef))
            if is_definition and node.name not in exported:
                yield f"{path.relative_to(PACKAGE)}:{node.name}", ast.get_docstring(node) or ""


def test_internal_docstrings_have_no_sections():
    sections = re.compile(r"^(Args|Returns|Raises|Example):", re.MULTILINE)
    assert [name for name, doc in internal_docstrings() if sections.search(doc)] == []


def run_example(code, where):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(code, where, "exec"), {"__name__": "example"})


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] * bool(LONG.match(name)))
        for name in sorted(PUBLIC)
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
    """Epochs of two small steps: README is about the calls, and trains on real digits."""
    fit = tfgan_kit.GAN.fit

    def short_fit(self, x, **arguments):
        few = x if "steps_per_epoch" in arguments else x.unbatch().batch(16).take(2)
        return fit(self, few, **arguments)

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
