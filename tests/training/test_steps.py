"""The public steps: one update of one network, nothing else."""

import numpy as np

from tfgan_kit.training import Batch, Simultaneous


def weights(network):
    return [weight.numpy() for weight in network.trainable_weights]


def moved(network, before):
    return any((a != b).any() for a, b in zip(weights(network), before, strict=True))


def test_a_step_of_one_network_leaves_the_other(make_gan, real_images):
    gan = make_gan(dropout=0.0)
    batch = Batch(real_images[:8])
    for step, network, other in (
        (gan.discriminator_step, gan.discriminator, gan.generator),
        (gan.generator_step, gan.generator, gan.discriminator),
    ):
        before, kept = weights(network), weights(other)
        result = step(batch)
        assert moved(network, before) and not moved(other, kept)
        assert float(result.loss) > 0 and float(result.penalty) == 0
        assert result.critique.fake_logits.shape == (8, 1)
    assert int(gan.step) == 0  # steps and images are counted by `train_step`


def test_generator_step_computes_real_logits_only_where_its_loss_uses_them(make_gan, real_images):
    batch = Batch(real_images[:8])
    assert make_gan().generator_step(batch).critique.real_logits is None
    gan = make_gan(loss="relativistic_pairing", updates="alternating")
    assert gan.generator_step(batch).critique.real_logits.shape == (8, 1)


def test_the_two_results_of_a_simultaneous_step_share_the_fakes(make_gan, real_images):
    gan = make_gan(dropout=0.0)
    outcome = Simultaneous()(gan, Batch(real_images[:8]))
    twin = make_gan(dropout=0.0)
    fakes = twin.make(twin.noise(8, twin.next_seed()), training=True)
    np.testing.assert_allclose(
        outcome.fake_logits, twin.logits(fakes, training=True), rtol=1e-5, atol=1e-6
    )
