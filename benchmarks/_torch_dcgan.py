"""PyTorch twins of Keras networks, and the tutorial's training step for them.

Knows no TensorFlow: networks come as `_flops.describe` writes them, so that a process
which times PyTorch loads nothing else. Planes are channels-last in memory, as PyTorch is
fastest on a CPU; its shapes are `(batch, channels, height, width)`.
"""

import contextlib

import torch
from torch import nn
from torch.nn import functional


class Same(nn.Module):
    """A strided convolution with TensorFlow's `padding="same"`, which may pad one side more."""

    def __init__(self, layer):
        super().__init__()
        kernel, stride = _pair(layer, "kernel_size"), _pair(layer, "strides")
        sizes = layer["input"][:2]
        pads = [
            _pads(size, each, step) if layer["padding"] == "same" else (0, 0)
            for size, each, step in zip(sizes, kernel, stride, strict=True)
        ]
        even = all(before == after for before, after in pads)
        self.pads = None if even else (*pads[1], *pads[0])
        padding = tuple(before for before, _ in pads) if even else 0
        self.conv = nn.Conv2d(
            layer["input"][-1], layer["filters"], kernel, stride, padding, bias=layer["use_bias"]
        )

    def forward(self, planes):
        return self.conv(planes if self.pads is None else functional.pad(planes, self.pads))


class SameTranspose(nn.Module):
    """A transposed convolution with TensorFlow's `padding="same"`: sizes times strides."""

    def __init__(self, layer):
        super().__init__()
        if layer["padding"] != "same":
            raise ValueError(f"{layer['name']}: only padding='same' is translated")
        kernel, stride = _pair(layer, "kernel_size"), _pair(layer, "strides")
        crops = [max(each - step, 0) for each, step in zip(kernel, stride, strict=True)]
        self.size = layer["output"][:2]
        # PyTorch crops both sides alike; what is left over at the end is cut off.
        self.conv = nn.ConvTranspose2d(
            layer["input"][-1],
            layer["filters"],
            kernel,
            stride,
            padding=tuple(crop // 2 for crop in crops),
            output_padding=tuple(
                max(step - each, 0) for each, step in zip(kernel, stride, strict=True)
            ),
            bias=layer["use_bias"],
        )

    def forward(self, planes):
        height, width = self.size
        return self.conv(planes)[:, :, :height, :width]


class Reshape(nn.Module):
    """From a row to channels-last planes."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, rows):
        return rows.view(-1, *self.shape).permute(0, 3, 1, 2)


class Flatten(nn.Module):
    """From planes to a row, in the order of TensorFlow's."""

    def forward(self, planes):
        return planes.permute(0, 2, 3, 1).flatten(1) if planes.dim() == 4 else planes.flatten(1)


class MinibatchStdDev(nn.Module):
    """The deviation within groups of a batch as further channels, as the kit's layer has it."""

    def __init__(self, layer):
        super().__init__()
        self.group_size, self.num_features = layer["group_size"], layer["num_features"]

    def forward(self, planes):
        batch, channels, height, width = planes.shape
        group = next(size for size in range(self.group_size, 0, -1) if batch % size == 0)
        parts = (self.num_features, channels // self.num_features)
        grouped = planes.float().reshape(group, batch // group, *parts, height, width)
        deviation = grouped - grouped.mean(0, keepdim=True)
        deviation = (deviation.square().mean(0) + 1e-8).sqrt().mean((2, 3, 4))
        deviation = deviation.repeat(group, 1)[:, :, None, None].expand(-1, -1, height, width)
        return torch.cat([planes, deviation.to(planes.dtype)], 1)


_ACTIVATIONS = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU, "elu": nn.ELU,
                "silu": nn.SiLU, "softplus": nn.Softplus}  # fmt: skip


def _layers(layer):
    """The PyTorch modules of one described Keras layer."""
    kind, activation = layer["kind"], layer.get("activation", "linear")
    if kind == "Dense":
        made = [nn.Linear(layer["input"][-1], layer["units"], bias=layer["use_bias"])]
    elif kind == "Conv2D":
        made = [Same(layer)]
    elif kind == "Conv2DTranspose":
        made = [SameTranspose(layer)]
    elif kind == "BatchNormalization":
        norm = nn.BatchNorm2d if len(layer["input"]) == 3 else nn.BatchNorm1d
        # Keras counts what it keeps, PyTorch what it takes in.
        made = [norm(layer["input"][-1], layer["epsilon"], 1 - layer["momentum"])]
    elif kind == "LeakyReLU":
        made = [nn.LeakyReLU(layer["negative_slope"])]
    elif kind == "Reshape" and len(layer["target_shape"]) == 3:
        made = [Reshape(layer["target_shape"])]
    elif kind == "MinibatchStdDev" and len(layer["input"]) == 3:
        made = [MinibatchStdDev(layer)]
    elif kind == "Flatten":
        made = [Flatten()]
    elif kind == "Dropout":
        made = [nn.Dropout(layer["rate"])]
    elif kind == "UpSampling2D" and layer["interpolation"] == "nearest":
        made = [nn.Upsample(scale_factor=tuple(layer["size"]))]
    elif kind == "AveragePooling2D" and layer["padding"] == "valid":
        made = [nn.AvgPool2d(tuple(layer["pool_size"]), tuple(layer["strides"]))]
    elif kind in ("Activation", "ReLU"):
        made, activation = [], layer.get("activation", "relu")
    else:
        raise ValueError(f"no PyTorch twin of the layer {layer['name']} ({kind}) is known")
    if activation == "leaky_relu":
        made.append(nn.LeakyReLU(0.2))
    elif activation != "linear":
        made.append(_ACTIVATIONS[activation]())
    return made


def build(described):
    """The twin of a described network; the same number of parameters, or an error."""
    network = nn.Sequential()
    for layer in described:
        made = nn.Sequential(*_layers(layer))
        trainable = sum(each.numel() for each in made.parameters())
        running = sum(each.numel() for each in made.buffers() if each.dim())
        if (trainable, trainable + running) != (layer["trainable"], layer["total"]):
            raise ValueError(
                f"{layer['name']} has {layer['total']} parameters in Keras, {layer['trainable']} "
                f"of them trained, and {trainable + running}, {trainable} in PyTorch"
            )
        network.append(made)
    return network.to(memory_format=torch.channels_last)


def copy_weights(network, described, weights):
    """Give the twin the weights of the Keras layers, a list of arrays for each."""
    for layer, modules, arrays in zip(described, network, weights, strict=True):
        tensors = [torch.tensor(array) for array in arrays]
        if layer["kind"] == "Dense":
            tensors[0] = tensors[0].T
        elif layer["kind"] in ("Conv2D", "Conv2DTranspose"):
            tensors[0] = tensors[0].permute(3, 2, 0, 1)
        targets = [*modules.parameters(), *(each for each in modules.buffers() if each.dim())]
        for target, tensor in zip(targets, tensors, strict=True):
            target.data.copy_(tensor)


def train_loop(generator, discriminator, pixels, batch_size, bfloat16=False, learning_rate=1e-4):
    """A function that trains a given number of steps: both networks from one batch of fakes."""
    adams = [
        torch.optim.Adam(network.parameters(), lr=learning_rate, eps=1e-7, fused=True)
        for network in (generator, discriminator)
    ]
    latent_dim = next(
        each.in_features for each in generator.modules() if hasattr(each, "in_features")
    )
    lossy = torch.autocast("cpu", dtype=torch.bfloat16) if bfloat16 else contextlib.nullcontext()

    def cross_entropy(logits, target):
        logits = logits.float()
        return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))

    def train(steps):
        for _ in range(steps):
            real_images = pixels[torch.randint(len(pixels), (batch_size,))]
            real_images = real_images.contiguous(memory_format=torch.channels_last)
            noise = torch.randn(batch_size, latent_dim)
            with lossy:
                fake_images = generator(noise)
                real, fake = discriminator(real_images), discriminator(fake_images)
            losses = (
                cross_entropy(fake, 1.0),
                cross_entropy(real, 1.0) + cross_entropy(fake, 0.0),
            )
            for network, loss, retain in zip(
                (generator, discriminator), losses, (True, False), strict=True
            ):
                parameters = list(network.parameters())
                gradients = torch.autograd.grad(loss, parameters, retain_graph=retain)
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter.grad = gradient
            for adam in adams:
                adam.step()

    return train


def _pair(layer, key):
    return tuple(layer[key])


def _pads(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
