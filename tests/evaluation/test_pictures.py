"""Pictures of an evaluation contain the right images."""

import io

import numpy as np
from PIL import Image
from rich.console import Console

from tfgan_kit import data, evaluation, models
from tfgan_kit.evaluation import pictures


def test_pictures_show_samples_and_their_closest_training_images(shapes_file, cache_dir, tmp_path):
    source = data.open_source(shapes_file)
    judge = evaluation.Judge(source, "pixels", 60, 0, cache_dir, Console(file=io.StringIO()))
    report = judge.judge(models.dcgan((16, 16, 1), latent_dim=4)[0], training=source)
    pictures.write_pictures(tmp_path, judge, source, report)
    assert (tmp_path / "best.png").read_bytes() != (tmp_path / "worst.png").read_bytes()
    assert not (tmp_path / "classes.png").exists()
    grid = np.asarray(Image.open(tmp_path / "closest.png"))
    scale = grid.shape[1] // (8 * 18 + 2)
    grid = grid[::scale, ::scale]
    nearest = int(np.argmin(report.copies.fake_distances))
    original = source.read([judge.training_indices[report.copies.nearest_train[nearest]]])[0]
    np.testing.assert_array_equal(grid[2:18, 2:18], judge.last_samples.images[nearest][..., 0])
    np.testing.assert_array_equal(grid[2:18, 20:36], original[..., 0])
