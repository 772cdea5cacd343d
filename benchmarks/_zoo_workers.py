"""The processes of `zoo_throughput.py`: one side each, as in `_throughput_workers.py`."""

import contextlib
import json
import sys

from _throughput_workers import serve, serve_fit

# Far apart, so that no level changes while it is measured.
_IMAGES = 10**7


def work():
    """Do the job of the first line."""
    job = json.loads(sys.stdin.readline())
    {"kit": _time_kit, "zoo": _time_zoo}[job["kind"]](job)


def _time_kit(job):
    import tensorflow as tf

    from tfgan_kit import data

    tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(job["threads"])

    gan = {"pgan": _pgan, "stylegan": _stylegan}[job["family"]](job)
    if job["task"] == "train":
        serve_fit(job, gan, data.open_source(job["pixels"]))
    else:
        serve(job, lambda steps: [gan.generate(job["batch"]) for _ in range(steps)])


def _pgan(job):
    """Networks of the largest size at one level."""
    import dataclasses

    from tfgan_kit import penalties, recipes
    from tfgan_kit.training import Progressive
    from tfgan_kit.training.progressive import find_fades

    widths = job["widths"]
    size = 4 << (len(widths) - 1)
    recipe = dataclasses.replace(
        recipes.get("pgan"),
        latent_dim=job["latent_dim"],
        model_arguments={"width": widths, "level_images": _IMAGES, "fade_images": _IMAGES},
        loss="wasserstein",
        penalties=[penalties.WGANGP(10.0), penalties.Drift(0.001)],
        updates=Progressive("alternating"),
    )
    gan = recipe.build((size, size, 3), seed=0)
    seen = int((2 * job["level"] - job["fade"]) * _IMAGES)
    gan.images_seen.assign(seen)
    for network in (gan.generator, gan.ema.generator):
        for fade in find_fades(network):
            fade.update(seen)
    return gan


def _stylegan(job):
    """Networks of the level's size."""
    import dataclasses

    from tfgan_kit import penalties, recipes

    widths = job["widths"][: job["level"] + 1]
    size = 4 << job["level"]
    recipe = dataclasses.replace(
        recipes.get("stylegan"),
        latent_dim=job["latent_dim"],
        model_arguments={"width": widths[-1], "max_width": widths[0], "mapping_layers": 8},
    )
    # The loss of the zoo's StyleGAN: 5 times the squared gradient at each step.
    same = {"penalties": [penalties.R1(gamma=10.0)]} if job["same_terms"] else {}
    return recipe.build((size, size, 3), seed=0, **same)


def _time_zoo(job):
    """pytorch_GAN_zoo's own model and its own step."""
    import numpy as np
    import torch
    from torch.nn import functional

    class Adam(torch.optim.Adam):
        # PyTorch no longer takes an integer beside a float, which the zoo passes.
        def __init__(self, parameters, betas, **arguments):
            super().__init__(parameters, betas=tuple(map(float, betas)), **arguments)

    torch.optim.Adam = Adam
    torch.set_num_threads(job["threads"])
    torch.manual_seed(0)
    sys.path.insert(0, job["zoo"])
    with contextlib.redirect_stdout(sys.stderr):
        model = _zoo_model(job)
    alpha, batch_size = job["fade"], job["batch"]
    pixels = torch.from_numpy(np.load(job["pixels"])).permute(0, 3, 1, 2) / 127.5 - 1
    if job["family"] == "pgan":
        pixels = functional.avg_pool2d(pixels, pixels.shape[-1] // (4 << job["level"]))
    pixels = pixels.contiguous()

    def train(steps):
        for _ in range(steps):
            images = pixels[torch.randint(len(pixels), (batch_size,))]
            if alpha:  # As its trainer does.
                small = functional.interpolate(functional.avg_pool2d(images, 2), scale_factor=2)
                images = alpha * small + (1 - alpha) * images
            model.optimizeParameters(images)
            if job["family"] == "stylegan":
                # It would compute gradients of the mean style through all earlier steps, which
                # PyTorch no longer permits.
                model.netG.mean_w = model.netG.mean_w.detach()

    def sample(steps):
        for _ in range(steps * batch_size // 64):  # In batches of 64, as the kit.
            model.test(model.buildNoiseData(64)[0], getAvG=True)

    serve(job, train if job["task"] == "train" else sample)


def _zoo_model(job):
    """With its standard settings, but of the same widths and latent dimension."""
    widths = job["widths"]
    common = {
        "useGPU": False,
        "dimLatentVector": job["latent_dim"],
        "depthScale0": widths[0],
        "miniBatchStdDev": True,
    }
    if job["family"] == "pgan":
        from models.progressive_gan import ProgressiveGAN

        model = ProgressiveGAN(**common, lossMode="WGANGP", lambdaGP=10.0, epsilonD=0.001)
    else:
        from models.styleGAN import StyleGAN

        model = StyleGAN(**common, lossMode="Logistic", logisticGradReal=5.0)
    for width in widths[1 : job["level"] + 1]:
        model.addScale(width)
    if job["fade"]:
        # `updateAlpha` fails without a GPU.
        for network in (model.netG, model.netD, model.avgG):
            network.setNewAlpha(job["fade"])
    return model
