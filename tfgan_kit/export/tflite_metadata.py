"""TFLite Metadata, which Netron and Android Studio show: the noise, the range and the origin.

No library for these Python versions writes it. The numbers are those of the fields in
https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/tasks/metadata/metadata_schema.fbs.
"""

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from tfgan_kit.export.model_card import description, facts, title

__all__ = ["with_metadata"]

_FEATURES, _IMAGE, _NORMALIZATION = 1, 2, 1
_COLOR_SPACES = {3: 1, 1: 2}  # Channels: RGB or grayscale.


def with_metadata(content, entry):
    """The content of a TFLite file with the metadata of a manifest entry."""
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    builder = flatbuffers.Builder()
    builder.Finish(_write(builder, _metadata(model, entry)), b"M001")
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(builder.Output(), "uint8")
    model.buffers.append(buffer)
    described = schema.MetadataT()
    described.name, described.buffer = "TFLITE_METADATA", len(model.buffers) - 1
    model.metadata = [*(model.metadata or ()), described]
    return flatbuffer_utils.convert_object_to_bytearray(model)


def _metadata(model, entry):
    signature, graph, tensors = model.signatureDefs[0], model.subgraphs[0], _tensors(entry)
    names = {
        each.tensorIndex: each.name.decode() for each in (*signature.inputs, *signature.outputs)
    }
    # In the order of the graph, which may differ from the signature's.
    inputs, outputs = (
        [tensors[names[index]] for index in side] for side in (graph.inputs, graph.outputs)
    )
    return {
        0: title(entry),
        1: description(entry),
        2: f"tfgan_kit {entry.versions['tfgan_kit']}",
        3: [{2: inputs, 3: outputs}],
        5: entry.source.get("license") or "unknown",
        7: "1.0.0",
    }


def _tensors(entry):
    known, (low, high) = facts(entry), entry.image_range
    content, units = {0: _FEATURES, 1: {}}, []
    if len(entry.image_shape) == 3 and entry.image_shape[-1] in _COLOR_SPACES:
        content = {0: _IMAGE, 1: {0: _COLOR_SPACES[entry.image_shape[-1]]}}
        # (value - mean) / deviation is in [0, 255], as Android's TensorImage takes it.
        mean, deviation = np.float32([low]), np.float32([(high - low) / 255])
        units = [{0: _NORMALIZATION, 1: {0: mean, 1: deviation}}]
    axes = ["batch", "height", "width", "channels"] if len(entry.image_shape) == 3 else []
    stats = {0: np.float32([high]), 1: np.float32([low])}
    features = {0: _FEATURES, 1: {}}
    return {
        "noise": {0: "noise", 1: known["input"], 2: ["batch", "latent_dim"], 3: features},
        "labels": {0: "labels", 1: known.get("classes") or known["input"], 3: features},
        "images": {0: "images", 1: known["output"], 2: axes, 3: content, 4: units, 5: stats},
    }


def _write(builder, value):
    """Write a text, a float array, a list, or a table {field: value}; returns its offset."""
    if isinstance(value, str):
        return builder.CreateString(value)
    if isinstance(value, np.ndarray):
        return builder.CreateNumpyVector(value)
    if isinstance(value, list):
        offsets = [_write(builder, each) for each in value]
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return builder.EndVector()
    offsets = {
        field: _write(builder, each) for field, each in value.items() if not isinstance(each, int)
    }
    builder.StartObject(max(value, default=-1) + 1)
    for field, each in value.items():
        if field in offsets:
            builder.PrependUOffsetTRelativeSlot(field, offsets[field], 0)
        else:
            builder.PrependInt8Slot(field, each, 0)
    return builder.EndObject()
