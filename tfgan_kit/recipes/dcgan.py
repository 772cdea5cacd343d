"""The default: small DCGAN networks, found by a search at equal time."""

from tfgan_kit.recipes.recipe import Recipe

__all__ = ["DCGAN"]

DCGAN = Recipe(
    name="dcgan",
    description="the default: good digits soonest, with small networks and batches",
    reference=(
        "beta_1 0.5 is that of Radford et al., 2016, https://arxiv.org/abs/1511.06434, "
        "section 4; the rest was searched for at equal time on MNIST with "
        "benchmarks/time_to_quality.py: half the tutorial's width, kernels of 4, no "
        "convolution at 7x7, minibatch standard deviation, a rate of 1e-3, batch 32 and "
        "the average"
    ),
    batch_size=32,
    epochs=60,
    learning_rate=1e-3,
    beta_1=0.5,
    model_arguments={
        "width": 32,
        "kernel_size": 4,
        "plane_convolution": False,
        "minibatch_stddev": True,
    },
    ema=0.995,
)
