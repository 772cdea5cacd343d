"""What the processes of `throughput.py` do: one side each, told by lines on standard input.

The first line is the job, a JSON dict. A side that trains answers, when it is warm, with
the steps of a round and the seconds of a step; then for each further line it runs a round
and answers with its seconds a step, those of the processor, and the peak of its memory so
far. It ends with its input.
"""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_RATE_SIZE = 2048
# What makes the step of any recipe the tutorial's, but for networks and optimizers.
_PLAIN = {
    "loss": "non_saturating",
    "penalties": (),
    "augment": None,
    "replay": None,
    "ema": None,
    "updates": "simultaneous",
}


def work():
    """Do the job of the first line."""
    job = json.loads(sys.stdin.readline())
    {
        "survey": _survey,
        "count": _count,
        "profile": _profile,
        "check": _check,
        "tutorial": _time_tutorial,
        "kit": _time_kit,
        "torch": _time_torch,
        "rate": _time_rate,
    }[job["kind"]](job)


def answer(**found):
    print(json.dumps(found), flush=True)


def now():
    return time.perf_counter(), time.process_time()


def answer_round(started, steps):
    """Seconds and processor seconds of a step since `started`."""
    seconds, processor = (
        (after - before) / steps for before, after in zip(started, now(), strict=True)
    )
    answer(seconds=seconds, processor=processor, peak=peak_bytes())


def peak_bytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _survey(job):
    """The recipes, and the images as a file that PyTorch can read without TensorFlow."""
    import numpy as np

    from tfgan_kit import data, recipes, runs

    source = data.open_source(job["source"])
    np.save(job["pixels"], source.read(np.arange(len(source))))
    answer(
        recipes=recipes.names(),
        default=recipes.get(None).name,
        source=source.name,
        image_shape=source.image_shape,
        versions=runs.installed_versions(),
    )


def _build(job, image_shape):
    from tfgan_kit import recipes

    arguments = {**(_PLAIN if job.get("plain") else {}), **job.get("build", {})}
    return recipes.get(job["recipe"]).build(image_shape, seed=0, **arguments)


def _count(job):
    """Operations of a step and the layers of the networks."""
    import tensorflow as tf
    from _flops import Untranslatable, describe, step_of_graph

    from tfgan_kit import recipes

    gan = _build(job, job["image_shape"])
    images = tf.TensorSpec((job["batch"], *job["image_shape"]), "float32")
    without, with_all = step_of_graph(gan.train_step, images)
    intervals = [getattr(penalty, "interval", 1) for penalty in getattr(gan, "penalties", ())]
    operations = without + (with_all - without) / max([1, *intervals])
    try:
        networks = {"generator": describe(gan.generator)}
        networks["discriminator"] = describe(gan.discriminator)
    except Untranslatable as error:
        networks = {"untranslatable": str(error)}
    answer(operations=operations, own_batch=recipes.get(job["recipe"]).batch_size, **networks)


def serve(job, run):
    """Warm up, choose the steps of a round, and run one for each line of input."""
    run(1)
    started = time.perf_counter()
    run(1)
    pace = time.perf_counter() - started
    steps = _steps(job, pace)
    answer(steps=steps, seconds=pace)
    for _ in sys.stdin:
        started = now()
        run(steps)
        answer_round(started, steps)


def _steps(job, seconds_a_step):
    return max(1, round(job["seconds"] / seconds_a_step))


def _time_tutorial(job):
    from _tutorial import tutorial_loop

    from tfgan_kit import data

    serve(job, tutorial_loop(data.open_source(job["source"]), job["batch"]))


def _time_kit(job):
    from tfgan_kit import data

    source = data.open_source(job["source"])
    serve_fit(job, _build(job, source.image_shape), source)


def serve_fit(job, gan, source):
    """As `serve`; one `fit` of which each epoch is a round, so that nothing is started anew."""
    import keras

    from tfgan_kit import data

    batches = data.batches(source, job["batch"], drop_remainder=True, start_step=0)

    class Rounds(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.started = now()

        def on_epoch_end(self, epoch, logs=None):
            if epoch > 0:
                answer_round(self.started, steps)
            else:
                answer(steps=steps, seconds=pace)
            # The next epoch begins when the parent says so.
            self.model.stop_training = not sys.stdin.readline()

    gan.fit(batches, steps_per_epoch=1, verbose=0)
    started = time.perf_counter()
    gan.fit(batches, steps_per_epoch=3, verbose=0)
    pace = (time.perf_counter() - started) / 3
    steps = _steps(job, pace)
    gan.fit(batches, steps_per_epoch=steps, epochs=10**6, callbacks=[Rounds()], verbose=0)


def _time_torch(job):
    import numpy as np
    import torch
    from _torch_dcgan import build, train_loop

    torch.set_num_threads(job["cores"])
    torch.manual_seed(0)
    pixels = torch.from_numpy(np.load(job["pixels"])).permute(0, 3, 1, 2) / 127.5 - 1
    networks = build(job["generator"]), build(job["discriminator"])
    serve(job, train_loop(*networks, pixels, job["batch"], job["precision"] == "bfloat16"))


def _time_rate(job):
    """Products of two square matrices."""
    if job["library"] == "torch":
        import torch

        torch.set_num_threads(job["cores"])
        factor = torch.randn(_RATE_SIZE, _RATE_SIZE).to(getattr(torch, job["precision"]))
        multiply = torch.matmul
    else:
        import tensorflow as tf

        factor = tf.cast(tf.random.normal((_RATE_SIZE, _RATE_SIZE)), job["precision"])
        multiply = tf.function(tf.matmul)

    def run(steps):
        for _ in range(steps):
            multiply(factor, factor)

    serve(job, run)


RATE_OPERATIONS = 2 * _RATE_SIZE**3


def _check(job):
    """Outputs of each PyTorch twin beside Keras's, with the same weights, and counts of both."""
    import numpy as np
    import tensorflow as tf
    import torch
    from _flops import describe, step_of_graph, step_of_layers
    from _torch_dcgan import build, copy_weights

    gan = _build({**job, "plain": True}, job["image_shape"])
    random = np.random.default_rng(0)
    noise = random.normal(size=(8, gan.latent_dim)).astype("float32")
    pictures = random.uniform(-1, 1, (8, *job["image_shape"])).astype("float32")
    layers, differences = [], []
    for network, inputs in ((gan.generator, noise), (gan.discriminator, pictures)):
        for variable in network.weights:
            if variable.name.startswith("moving"):
                variable.assign(random.uniform(0.5, 1.5, variable.shape))
        described = describe(network)
        twin = build(described).eval()
        copy_weights(twin, described, [each.get_weights() for each in _flat(network)])
        tensor = torch.from_numpy(inputs)
        with torch.no_grad():
            outputs = twin(tensor.permute(0, 3, 1, 2) if tensor.dim() == 4 else tensor)
        outputs = outputs.permute(0, 2, 3, 1) if outputs.dim() == 4 else outputs
        expected = network(inputs, training=False).numpy()
        differences.append(float(np.abs(outputs.numpy() - expected).max()))
        layers.append(described)
    images = tf.TensorSpec((job["batch"], *job["image_shape"]), "float32")
    counts = (*step_of_graph(gan.train_step, images), step_of_layers(*layers, job["batch"]))
    answer(differences=differences, counts=counts)
    if max(differences) > 1e-4 or len(set(counts)) > 1:
        raise SystemExit(f"differences {differences}, operations {counts}")


def _flat(network):
    """The layers that `describe` lists."""
    for layer in network.layers:
        yield from _flat(layer) if hasattr(layer, "layers") else [layer]


def _profile(job):
    from _profile import profile

    found = profile(lambda: _build(job, job["image_shape"]), job["batch"], job["image_shape"])
    answer(**found)
