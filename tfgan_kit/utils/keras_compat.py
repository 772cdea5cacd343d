"""The private names of Keras 3.15 that the kit uses, in one place."""

import importlib
import itertools
import sys

import wrapt

__all__ = [
    "all_layers", "apply_again", "connect", "held_learning_rate", "input_within", "is_validation",
    "last_activation", "output_within", "users", "without_all_reduce",
]  # fmt: skip

_KEEP_VALUES = ("Cast", "Dropout", "Flatten", "Identity", "Permute", "Reshape", "Squeeze")


def all_layers(model, include_self=True):
    """All layers of a model at any depth; `Model.layers` stops at the first level."""
    return list(model._flatten_layers(include_self=include_self))


def apply_again(model, stand_in):
    """The outputs of a functional model for its inputs, with `stand_in(layer)` called for a layer.

    The result is a second graph of the same layers, beside the model's own.
    """
    return model._run_through_graph(model.inputs, operation_fn=stand_in)


def held_learning_rate(optimizer):
    """An optimizer's variable, schedule or function; `learning_rate` is its current value."""
    return optimizer._learning_rate


def input_within(model, layer):
    """What a layer takes in a functional model; `layer.input` is what it took in its first one."""
    return _node_within(model, layer).arguments.args[0]


def output_within(model, layer):
    """What a layer returns in a functional model; see `input_within`."""
    return _node_within(model, layer).output_tensors[0]


def _node_within(model, layer):
    nodes = itertools.chain(*getattr(model, "_functional", model)._nodes_by_depth.values())
    return next(node for node in nodes if node.operation is layer)


def is_validation(arguments):
    """Whether `fit` calls `evaluate`, with these arguments, on its own `validation_data`."""
    return arguments.get("_use_cached_eval_dataset", False)


def last_activation(network):
    """The function that makes a network's output, such as "sigmoid"; None where it is not known."""
    outputs = getattr(network, "outputs", None)
    while outputs:
        operation, node, _ = outputs[0]._keras_history
        layer = getattr(operation, "layer", operation)  # A wrapper's.
        function = getattr(layer, "activation", None) or type(layer)
        if hasattr(layer, "outputs"):
            outputs = layer.outputs
        elif type(layer).__name__ in _KEEP_VALUES:
            outputs = operation._inbound_nodes[node].input_tensors
        else:
            name = getattr(function, "__name__", type(function).__name__)
            return name.replace("_", "").lower()
    return None


def users(model):
    """A dict from each operation at any depth to those that take its outputs, once for each use."""
    found = {}
    for layer in all_layers(model):
        graph = getattr(layer, "_functional", layer)  # That of a Sequential.
        for node in itertools.chain(*getattr(graph, "_nodes_by_depth", {}).values()):
            for tensor in node.input_tensors:
                found.setdefault(tensor._keras_history.operation, []).append(node.operation)
    return found


def without_all_reduce(optimizer):
    """Sum no gradients over replicas where there is only one.

    TensorFlow registers a gradient for each all-reduce that it traces, and never forgets it: the
    graph would stay in memory after its GAN, some 10 MB each time.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if inner._distribution_strategy.num_replicas_in_sync == 1:
        inner._all_reduce_sum_gradients = list


def connect():
    """Refuse other backends of Keras, and let `load_model` find the kit's classes.

    Both wait for the import of Keras, since TensorFlow takes seconds to import, and neither
    `tfgan-kit --help` nor a TFLite file needs it.
    """
    wrapt.register_post_import_hook(_check_backend, "keras.src.backend.common.global_state")
    wrapt.register_post_import_hook(_register, "keras.src.saving.object_registration")


class _Registered(dict):
    """Keras's table of registered classes; those of the kit are imported when asked for."""

    def __contains__(self, name):
        if not super().__contains__(name) and str(name).startswith("tfgan_kit>"):
            importlib.import_module("tfgan_kit.gan")
        return super().__contains__(name)


def _register(module):
    module.GLOBAL_CUSTOM_OBJECTS = _Registered(module.GLOBAL_CUSTOM_OBJECTS)


def _check_backend(module):
    # Its own import may end before this one's, with that of a PyTorch that is not there.
    backend = sys.modules["keras.src.backend.config"].backend()
    if backend != "tensorflow":
        # A second attempt, as in a notebook, imports this again.
        wrapt.register_post_import_hook(_check_backend, sys.modules.pop(module.__name__).__name__)
        raise ImportError(
            "tfgan_kit needs Keras's TensorFlow backend. Set KERAS_BACKEND=tensorflow before Keras "
            f"is imported. Received: backend {backend!r}"
        )
