"""Pictures of an evaluation contain the right images."""

import io

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from tfgan_kit import data, evaluation, models
from tfgan_kit.evaluation import pictures


@pytest.fixture
def evaluated(shapes_file, cache_dir):
    source = data.open_source(shapes_file)
    judge = evaluation.Judge(source, "pixels", 60, 0, cache_dir, Console(file=io.StringIO()))
    report = judge.judge(models.dcgan((16, 16, 1), latent_dim=4)[0], training=source)
    return source, judge, report


def test_closest_pairs_are_a_sample_and_its_training_image(evaluated, tmp_path):
    source, judge, report = evaluated
    pictures.write_pictures(tmp_path, judge, source, report)
    grid = np.asarray(Image.open(tmp_path / "closest.png"))
    scale = grid.shape[1] // (8 * 18 + 2)
    grid = grid[::scale, ::scale]
    nearest = int(np.argmin(report.copies.fake_distances))
    original = source.read([judge.training_indices[report.copies.nearest_train[nearest]]])[0]
    np.testing.assert_array_equal(grid[2:18, 2:18], judge.last_samples.images[nearest][..., 0])
    np.testing.assert_array_equal(grid[2:18, 20:36], original[..., 0])


def test_best_and_worst_differ(evaluated, tmp_path):
    source, judge, report = evaluated
    pictures.write_pictures(tmp_path, judge, source, report)
    assert (tmp_path / "best.png").read_bytes() != (tmp_path / "worst.png").read_bytes()
    assert not (tmp_path / "classes.png").exists()
