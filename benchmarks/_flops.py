"""Operations of a training step, counted from layers or from the step's own graph.

A multiplication and an addition count as two, products with padding's zeros as others;
only convolutions and matrix products count. With `g` and `d` the operations of one
network's forward pass for a batch, and `g1`, `d1` those of its first layer, which needs no
gradient of its input:

    generator       forward g, backward to weights g, to inputs g - g1
    D on real       forward d, backward to weights d, to inputs d - d1
    D on fake       forward d, backward to weights d, to inputs d - d1 (its own loss)
                    backward to inputs d (the generator's loss)
    a step          3 g - g1 + 7 d - 2 d1

This is `step_of_layers`. A recipe that updates in turns or has penalties needs others;
`step_of_graph` counts what TensorFlow really computes there, the second derivatives of
penalties included.
"""

import math

# What another framework needs to know of a layer to build the same.
_SETTINGS = (
    "units",
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "use_bias",
    "activation",
    "negative_slope",
    "rate",
    "axis",
    "momentum",
    "epsilon",
    "center",
    "scale",
    "target_shape",
    "size",
    "interpolation",
    "pool_size",
    "group_size",
    "num_features",
)


class Untranslatable(ValueError):
    """A network that is no plain sequence of known layers."""


def describe(network):
    """The layers of a Keras Sequential as plain dicts, which can be written as JSON."""
    import keras

    if not isinstance(network, keras.Sequential):
        raise Untranslatable(f"{network.name} is not a keras.Sequential")
    described = []
    for layer in network.layers:
        if isinstance(layer, keras.Sequential):
            described += describe(layer)
            continue
        config = layer.get_config()
        described.append(
            {
                "kind": type(layer).__name__,
                "name": layer.name,
                "input": list(layer.input.shape[1:]),
                "output": list(layer.output.shape[1:]),
                "trainable": sum(math.prod(each.shape) for each in layer.trainable_weights),
                "total": layer.count_params(),
                **{key: config[key] for key in _SETTINGS if key in config},
            }
        )
    return described


def forward_operations(layer):
    """Operations of one layer for one image."""
    if layer["kind"] == "Dense":
        return 2 * math.prod(layer["input"]) * layer["units"]
    if layer["kind"] == "Conv2D":
        height, width, filters = layer["output"]
        return 2 * height * width * filters * math.prod(layer["kernel_size"]) * layer["input"][-1]
    if layer["kind"] == "Conv2DTranspose":
        height, width, channels = layer["input"]
        return 2 * height * width * channels * math.prod(layer["kernel_size"]) * layer["filters"]
    return 0


def step_of_layers(generator, discriminator, batch_size):
    """Operations of a step that updates both networks at once; see the formula above."""
    g = [forward_operations(layer) for layer in generator]
    d = [forward_operations(layer) for layer in discriminator]
    first_g, first_d = (next(count for count in counts if count) for counts in (g, d))
    return batch_size * (3 * sum(g) - first_g + 7 * sum(d) - 2 * first_d)


def step_of_graph(step, *signature):
    """Operations of a function's graph, as a pair: where every condition is false, and true.

    Penalties of some steps only are conditions. What the graph holds but nothing needs is
    left out, as TensorFlow prunes it before it runs.
    """
    products = products_of_graph(step, *signature)
    return sum(each[1] for each in products), sum(each[2] for each in products)


def products_of_graph(step, *signature):
    """The products in a function's graph: `(name, operations, operations)` of each.

    The numbers are those where every condition is false, and true.
    """
    import tensorflow as tf

    graph = tf.function(step).get_concrete_function(*signature).graph
    needed = [tensor.op.name for tensor in graph.outputs]
    needed += [operation.name for operation in graph.control_outputs]
    definition = graph.as_graph_def(add_shapes=True)
    library = {function.signature.name: function for function in definition.library.function}
    return _walk(definition.node, needed, {}, library)


def _walk(nodes, needed, arguments, library):
    nodes = {node.name: node for node in nodes}
    seen, stack, products = set(), list(needed), []
    while stack:
        name = stack.pop()
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        stack += [each.lstrip("^").partition(":")[0] for each in nodes[name].input]
        products += _products_of_node(nodes[name], nodes, arguments, library)
    return products


def _products_of_node(node, nodes, arguments, library):
    if node.op in ("PartitionedCall", "StatefulPartitionedCall"):
        return _products_of_function(node.attr["f"], library)
    if node.op in ("If", "StatelessIf"):
        no = _products_of_function(node.attr["else_branch"], library)
        yes = _products_of_function(node.attr["then_branch"], library)
        return [(name, low, 0) for name, low, _ in no] + [(name, 0, high) for name, _, high in yes]
    if node.op in ("While", "StatelessWhile"):
        if _products_of_function(node.attr["body"], library):
            raise ValueError(f"{node.name} multiplies in a loop of unknown length")
        return []
    if node.op not in _PRODUCTS:
        return []

    def shape_of(index):
        name, _, output = node.input[index].partition(":")
        if name in arguments:
            return arguments[name]
        position = int(output.rpartition(":")[2] or 0)
        return _shape(nodes[name].attr["_output_shapes"].list.shape[position])

    own = _shape(node.attr["_output_shapes"].list.shape[0])
    if node.op == "Conv2D":
        factors = (*own, *shape_of(1)[:-1])
    elif node.op == "Conv2DBackpropInput":
        factors = (*shape_of(2), *shape_of(1)[:-1])
    elif node.op == "Conv2DBackpropFilter":
        factors = (*shape_of(2), *own[:-1])
    else:
        transposed = node.attr["transpose_a"].b or node.attr["adj_x"].b
        factors = (*own, shape_of(0)[-2 if transposed else -1])
    if min(factors) < 0:
        raise ValueError(f"The shapes of {node.name} are not known before it runs")
    operations = 2 * math.prod(factors)
    return [(node.name, operations, operations)]


def _products_of_function(attribute, library):
    body = library[attribute.func.name]
    arguments = {}
    for index, argument in enumerate(body.signature.input_arg):
        shapes = body.arg_attr[index].attr["_output_shapes"].list.shape
        if shapes:
            arguments[argument.name] = _shape(shapes[0])
    needed = [each.partition(":")[0] for each in (*body.ret.values(), *body.control_ret.values())]
    return _walk(body.node_def, needed, arguments, library)


_PRODUCTS = (
    "Conv2D",
    "Conv2DBackpropInput",
    "Conv2DBackpropFilter",
    "MatMul",
    "BatchMatMulV2",
    "BatchMatMulV3",
)


def _shape(proto):
    return [dimension.size for dimension in proto.dim]
