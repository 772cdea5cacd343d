"""Which input of a network is data and which one labels, which output logits and which classes."""

__all__ = ["data_position", "logits_and_classes", "noise_length", "with_labels"]


def data_position(inputs):
    """The position of the data among one or two inputs, a list of `(name, dtype)`.

    By name if one is called noise or labels, else the only one of floats, else the first.
    """
    names = [name for name, _ in inputs]
    if "noise" in names:
        return names.index("noise")
    if "labels" in names:
        return 1 - names.index("labels") if len(names) == 2 else 0
    floats = ["float" in str(dtype) for _, dtype in inputs]
    return floats.index(True) if sum(floats) == 1 else 0


def with_labels(network, data, labels):
    """What a Keras model is called with: data alone, or data and labels in the model's order."""
    if labels is None:
        return data
    inputs = _inputs_of(network)
    if len(inputs) == 1:
        return data  # It classifies images instead.
    pair = [labels, data] if data_position(inputs) else [data, labels]
    named = len(inputs) == 2 and isinstance(network.input, dict)
    # Keras sorts a dict of inputs by name.
    return dict(zip(sorted(network.input), pair, strict=True)) if named else pair


def logits_and_classes(outputs):
    """A discriminator's logits, and those of its auxiliary classifier or None."""
    return outputs if isinstance(outputs, (list, tuple)) else (outputs, None)


def noise_length(generator):
    """The length of a noise vector that a Keras model takes; None if it does not say."""
    inputs = _inputs_of(generator)
    return generator.inputs[data_position(inputs)].shape[-1] if inputs else None


def _inputs_of(network):
    return [(each.name, each.dtype) for each in getattr(network, "inputs", None) or []]
