"""Look at the first batch of `fit` and `evaluate` before the compiled step takes it."""

import itertools

import tensorflow as tf

__all__ = ["look_at_first"]


def look_at_first(iterator, check, strategy, num_batches):
    """Call `check` on the first batch; returns an iterator of it and those of one execution.

    Nothing is read twice, so that random orders and the epochs of a dataset stay what they are.
    """
    first = next(iterator)
    for batch in strategy.experimental_local_results(first):
        check(batch)
    batches = itertools.chain([first], itertools.islice(iterator, num_batches - 1))
    spec = getattr(iterator, "element_spec", None)
    if not all(isinstance(each, tf.TensorSpec) for each in tf.nest.flatten(spec)):
        return batches
    # Of the same type as the others, so that the step is not compiled once more.
    return iter(tf.data.Dataset.from_generator(lambda: batches, output_signature=spec))
