"""`Run`: directories that are found, locked and refused; labels for drawing images."""

import fcntl
import json
import subprocess
import sys
import threading

import pytest

from tfgan_kit import runs
from tfgan_kit.runs import directory


@pytest.fixture
def run(tmp_path):
    return runs.Run.create(tmp_path / "runs" / "first", runs.RunConfig())


def test_new_run_opens_again(run):
    assert runs.Run(run.path).config == runs.RunConfig()
    assert run.metrics == [] and run.status["step"] == 0


def test_missing_run_names_its_neighbours(run):
    with pytest.raises(ValueError, match="no run at .*frist.*found .*first"):
        runs.Run(run.path.with_name("frist"))


def test_nothing_is_overwritten(run, tmp_path):
    with pytest.raises(ValueError, match="already contains a run. .*train --out .*first --resume"):
        runs.Run.create(run.path, runs.RunConfig())
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    for path in (tmp_path / "full", tmp_path / "full" / "letter.txt"):
        with pytest.raises(ValueError, match="not an empty folder"):
            runs.Run.create(path, runs.RunConfig())
    assert (tmp_path / "full" / "letter.txt").read_text() == "dear"


def test_empty_folder_is_fine(tmp_path):
    (tmp_path / "empty").mkdir()
    assert runs.Run.create(tmp_path / "empty", runs.RunConfig()).config_path.exists()


def test_next_free_path(tmp_path):
    assert directory.next_free_path(tmp_path / "a") == tmp_path / "a"
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").mkdir()
    assert directory.next_free_path(tmp_path / "a") == tmp_path / "a-3"


def test_missing_and_damaged_models(run):
    for load in (run.load_generator, run.load_gan):
        with pytest.raises(ValueError, match="no trained model yet"):
            load()
    run.generator_path.write_bytes(b"PK half a file")
    with pytest.raises(ValueError, match="Cannot read .*generator.keras"):
        run.load_generator()


def test_status_distinguishes_a_kill_from_a_running_process(run):
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
        files = sorted(run.path.rglob("*"))
        assert run.status["state"] == "running"
        assert sorted(run.path.rglob("*")) == files
        with pytest.raises(ValueError, match="Another process is training"):
            run.lock()
        other.kill()
    assert run.status["state"] == "killed"


def test_looking_at_a_run_neither_writes_nor_locks(run):
    run.write_status(state="running", step=5, seconds=1.0)
    files = sorted(run.path.rglob("*"))
    assert run.status["state"] == "killed"
    assert sorted(run.path.rglob("*")) == files, "a read-only folder is enough"
    with run.lock():
        assert run.status["state"] == "running"
    # A reader that holds its shared lock for a moment does not make a starting training fail.
    with open(run.path / ".lock", "rb") as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        threading.Timer(0.2, fcntl.flock, (reader, fcntl.LOCK_UN)).start()
        with run.lock():
            assert run.status["state"] == "running"


def test_clusters_cannot_be_asked_for(shapes_run):
    values = json.loads(shapes_run.config_path.read_text())
    values["clusters"] = values["data"]["num_clusters"] = 3
    shapes_run.config_path.write_text(json.dumps(values))
    with pytest.raises(ValueError, match="conditional on 3 clusters found .* no names.*--seed"):
        shapes_run.generate(1, label="3")
