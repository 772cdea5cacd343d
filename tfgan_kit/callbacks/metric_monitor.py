"""`MetricMonitor`: any metrics, every few epochs, written into the epoch's logs."""

import math

import keras
import numpy as np

from tfgan_kit import metrics
from tfgan_kit.callbacks.real_samples import generate_samples, take_real
from tfgan_kit.metrics import extractors, suite
from tfgan_kit.utils.validation import check_integer, check_seed

__all__ = ["MetricMonitor"]


class MetricMonitor(keras.callbacks.Callback):
    """Judge the generator as it trains, by fresh samples from fixed noise.

    The numbers go into `logs` under the metrics' own names, so Keras's
    `ModelCheckpoint` and `EarlyStopping` work with them, as `RunCheckpoint`
    does; stand this callback before those, and give them a `mode`. In an epoch
    without a look the last one's numbers are repeated. Features of the real
    images are computed once.

    Args:
        real: Real images: a `tfgan_kit.data.Source`, an array (uint8, floats in
            [-1, 1], or points `(num, 2)`) or a `tf.data.Dataset`.
        metrics: Sequence of names or `Metric`s of `tfgan_kit.metrics`. Defaults
            to `("frechet", "coverage")`: `frechet_<extractor>_distance`,
            `precision`, `recall`, `density` and `coverage`.
        extractor: A `FeatureExtractor`, `"random"`, `"pixels"`, `"inception"`, a
            Keras model or a callable. Defaults to `"random"`: no labels and no
            download; good for comparing epochs, not for publishing.
        num_samples: Integer, 10 or more, images of each side. Few make
            Fréchet's distance larger, alike in all epochs. Defaults to 1000.
        every_epochs: Integer, 1 or more. Defaults to 1.
        seed: Integer in [0, 2**31), of the noise and of the choice of real
            images. Defaults to 0.

    Raises:
        InvalidArgument: If a number is out of range or a name is not known.

    Example:

    ```python
    import keras
    import numpy as np
    import tfgan_kit

    gan = tfgan_kit.GAN(*tfgan_kit.models.dcgan((16, 16, 1), latent_dim=8), latent_dim=8)
    gan.compile()
    real_images = np.random.uniform(-1, 1, (32, 16, 16, 1)).astype("float32")
    monitor = tfgan_kit.callbacks.MetricMonitor(real_images, num_samples=32)
    best = keras.callbacks.EarlyStopping("frechet_random_distance", mode="min", patience=5)
    history = gan.fit(real_images, callbacks=[monitor, best])
    history.history["frechet_random_distance"]
    ```

    Reference: judging by few samples: Binkowski et al., 2018,
    https://arxiv.org/abs/1801.01401, section 4.
    """

    def __init__(
        self,
        real,
        metrics=("frechet", "coverage"),
        extractor="random",
        num_samples=1000,
        every_epochs=1,
        seed=0,
    ):
        super().__init__()
        self.metrics = [suite.get(each) for each in metrics]
        self.extractor = extractors.get(extractor)
        self.num_samples = check_integer("num_samples", num_samples, 10)
        self.every_epochs = check_integer("every_epochs", every_epochs, 1)
        self.seed = check_seed(seed)
        self._given = real
        self._real = None
        self._last = {}

    @property
    def real(self):
        """`Samples` of the real images, read and extracted on first use."""
        if self._real is None:
            images = take_real(self._given, self.num_samples, self.seed)
            self._real = metrics.Samples.of(images, self.extractor)
        return self._real

    def on_epoch_end(self, epoch, logs=None):
        # A resumed run begins anywhere, and its first epoch needs numbers as well.
        if not self._last or (epoch + 1) % self.every_epochs == 0:
            self._last = self.measure()
        if logs is not None:
            logs.update(self._last)

    def measure(self):
        """Judge the generator as it stands.

        Returns:
            A dict of names and floats.
        """
        # As many as real ones: distances depend on the number on both sides.
        images = generate_samples(self.model, len(self.real), self.seed)
        if not np.isfinite(images).all():
            # Points of a generator that blew up; training goes on to whatever guards it.
            return dict.fromkeys(self._last, math.nan)
        fake = metrics.Samples.of(images, self.extractor)
        found = {}
        for metric in self.metrics:
            found.update(metric(self.real, fake))
        return {name: measurement.value for name, measurement in found.items()}
