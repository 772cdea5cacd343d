"""`Run`: what stands on disk, found, locked and refused."""

import subprocess
import sys

import pytest

from tfgan_kit import runs


@pytest.fixture
def run(tmp_path):
    return runs.Run.create(tmp_path / "runs" / "first", runs.RunConfig())


def test_new_run_opens_again(run):
    assert runs.Run(run.path).config == runs.RunConfig()
    assert run.metrics == [] and run.status["step"] == 0


def test_missing_run_names_its_neighbours(run):
    with pytest.raises(ValueError, match="no run at .*frist.*there is .*first"):
        runs.Run(run.path.with_name("frist"))


def test_nothing_is_overwritten(run, tmp_path):
    with pytest.raises(ValueError, match="already holds a run"):
        runs.Run.create(run.path, runs.RunConfig())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    with pytest.raises(ValueError, match="not an empty folder"):
        runs.Run.create(tmp_path / "full", runs.RunConfig())
    with pytest.raises(ValueError, match="not an empty folder"):
        runs.Run.create(tmp_path / "full" / "letter.txt", runs.RunConfig())
    assert (tmp_path / "full" / "letter.txt").read_text() == "dear"


def test_empty_folder_is_fine(tmp_path):
    (tmp_path / "empty").mkdir()
    assert runs.Run.create(tmp_path / "empty", runs.RunConfig()).config_path.exists()


def test_next_free_path(tmp_path):
    assert runs.next_free_path(tmp_path / "a") == tmp_path / "a"
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").mkdir()
    assert runs.next_free_path(tmp_path / "a") == tmp_path / "a-3"


def test_models_that_are_not_there_or_not_whole(run):
    with pytest.raises(ValueError, match="no trained model yet"):
        run.load_generator()
    with pytest.raises(ValueError, match="no trained model yet"):
        run.load_gan()
    run.generator_path.write_bytes(b"PK half a file")
    with pytest.raises(ValueError, match="Cannot read .*generator.keras"):
        run.load_generator()


def test_status_tells_a_kill_from_a_running_process(run):
    run.write_status(state="running", step=5, seconds=1.0)
    assert run.status["state"] == "killed"
    code = (
        "import sys, filelock\n"
        f"with filelock.FileLock({str(run.path / '.lock')!r}):\n"
        "    print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "locked\n"
        assert run.status["state"] == "running"
        with pytest.raises(ValueError, match="Another process is training"):
            run.lock()
        other.kill()
    assert run.status["state"] == "killed"
