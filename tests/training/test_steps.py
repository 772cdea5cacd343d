"""The public steps: one update of one network, nothing else."""

from tfgan_kit.training import Batch


def test_a_step_of_one_network_leaves_the_other(make_gan, real_images):
    gan = make_gan(dropout=0.0)
    batch = Batch(real_images[:8])
    for step, network, other in (
        (gan.discriminator_step, gan.discriminator, gan.generator),
        (gan.generator_step, gan.generator, gan.discriminator),
    ):
        variables = [*network.trainable_weights, *other.trainable_weights]
        before = [variable.numpy() for variable in variables]
        result = step(batch)
        changed = [(a.numpy() != b).any() for a, b in zip(variables, before, strict=True)]
        assert any(changed) and not any(changed[len(network.trainable_weights) :])
        assert float(result.loss) > 0 and float(result.penalty) == 0
        assert result.critique.fake_logits.shape == (8, 1)
    assert int(gan.step) == 0  # steps and images are counted by `train_step`


def test_generator_step_computes_real_logits_only_where_its_loss_uses_them(make_gan, real_images):
    batch = Batch(real_images[:8])
    assert make_gan().generator_step(batch).critique.real_logits is None
    gan = make_gan(loss="relativistic_pairing", updates="alternating")
    assert gan.generator_step(batch).critique.real_logits.shape == (8, 1)
