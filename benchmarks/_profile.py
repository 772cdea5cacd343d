"""Where the time of a training step goes, by TensorFlow's own profiler."""

import collections
import pathlib
import tempfile
import time

import tensorflow as tf
from _flops import products_of_graph
from tensorflow.tsl.profiler.protobuf import xplane_pb2

_STEPS = 4
_ROWS = 24
# They contain other operations, which are listed themselves.
_CALLS = ("If", "StatelessIf", "While", "StatelessWhile", "PartitionedCall",
          "StatefulPartitionedCall")  # fmt: skip


def profile(build, batch_size, image_shape):
    """The operations that take most time in a step of the GAN which `build()` makes.

    Operations run one after another here, each on all cores, so that their times add up.
    """
    tf.config.threading.set_inter_op_parallelism_threads(1)
    gan = build()
    images = tf.random.uniform((batch_size, *image_shape), -1, 1)
    step = tf.function(gan.train_step)
    step(images)
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for _ in range(_STEPS):
            step(images)
        tf.profiler.experimental.stop()
        events = _events(folder)
    products = products_of_graph(gan.train_step, tf.TensorSpec(images.shape, "float32"))
    operations = {name: max(counts) for name, *counts in products}
    total = sum(events.values())
    rows, rest = [], collections.Counter()
    for (name, kind), seconds in events.most_common():
        count = _operations_of(name, kind, operations)
        if count and len(rows) < _ROWS:
            rows.append({"name": f"{kind} {name}", "seconds": seconds, "operations": count})
        else:
            rest[f"all {kind}"] += seconds
    convolutions = {
        "name": "all products above",
        "seconds": sum(row["seconds"] for row in rows),
        "operations": sum(row["operations"] for row in rows),
    }
    others = [{"name": name, "seconds": seconds, "operations": 0}
              for name, seconds in rest.most_common(_ROWS)]  # fmt: skip
    rows = [*rows, convolutions, *others]
    for row in rows:
        row["share"] = row["seconds"] / total
    return {"milliseconds": 1000 * total, "rate": _rate(), "rows": rows}


def _events(folder):
    """Seconds a step of each `(name, kind)` of operation."""
    seconds = collections.Counter()
    for path in pathlib.Path(folder).rglob("*.xplane.pb"):
        space = xplane_pb2.XSpace.FromString(path.read_bytes())
        for plane in space.planes:
            for event in (event for line in plane.lines for event in line.events):
                name, colon, kind = plane.event_metadata[event.metadata_id].name.rpartition(":")
                if colon and kind.isidentifier() and ":" not in name and kind not in _CALLS:
                    seconds[name, kind] += event.duration_ps / 1e12 / _STEPS
    return seconds


def _operations_of(name, kind, operations):
    """TensorFlow names a fused product after its last part."""
    if not any(each in kind for each in ("Conv", "MatMul")):
        return 0
    parent = name.rpartition("/")[0]
    for each in (name, f"{parent}/convolution", f"{parent}/MatMul"):
        for known, count in operations.items():
            if each == known or each.endswith(f"/{known}"):
                return count
    return 0


def _rate():
    factor = tf.random.normal((2048, 2048))
    multiply = tf.function(tf.matmul)
    seconds = []
    for _ in range(6):
        started = time.perf_counter()
        multiply(factor, factor)
        seconds.append(time.perf_counter() - started)
    return 2 * 2048**3 / min(seconds)
