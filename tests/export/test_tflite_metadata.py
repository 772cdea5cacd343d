"""The metadata inside a TFLite file, read back, and the same images as without them."""

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from tfgan_kit.export.exportable import Exportable
from tfgan_kit.export.tflite import convert
from tfgan_kit.export.tflite_metadata import with_metadata
from tfgan_kit.runtime.manifest import ManifestEntry


class Table:
    """A table of any schema; `kind` is text, float, byte, table or tables."""

    def __init__(self, data, at):
        self._table = flatbuffers.table.Table(data, at)

    def get(self, field, kind):
        table, offset = self._table, self._table.Offset(4 + 2 * field)
        if offset == 0:
            return None
        at = offset + table.Pos
        if kind == "byte":
            return table.Get(flatbuffers.number_types.Int8Flags, at)
        if kind == "text":
            return table.String(at).decode()
        if kind == "table":
            return Table(table.Bytes, table.Indirect(at))
        start, places = table.Vector(offset), range(table.VectorLen(offset))
        if kind == "float":
            number = flatbuffers.number_types.Float32Flags
            return [table.Get(number, start + 4 * place) for place in places]
        return [Table(table.Bytes, table.Indirect(start + 4 * place)) for place in places]

    def path(self, *fields):
        table = self
        for field in fields:
            table = table.get(field, "table")
        return table


def metadata_of(content):
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    (place,) = [each.buffer for each in model.metadata if each.name == b"TFLITE_METADATA"]
    data = bytes(model.buffers[place].data)
    assert data[4:8] == b"M001"
    return Table(data, flatbuffers.encode.Get(flatbuffers.packer.uoffset, data, 0))


def entry(channels=1, **given):
    source = {"title": "Blöbs\n<dcgan>", "license": "MIT", "data": "3 blobs"}
    versions = {"tfgan_kit": "0.1.0"}
    shape = [8, 8, channels]
    return ManifestEntry("", "tflite", {}, 6, shape, source=source, versions=versions, **given)


@pytest.mark.parametrize("quantize", ["none", "float16", "dynamic", "int8", "int16x8"])
def test_every_kind_takes_and_gives_float32_and_the_images_stay(quantize, conditional_gan):
    exportable = Exportable(conditional_gan)
    noise, labels = exportable.noise(8), exportable.labels(8)
    content = convert(exportable, quantize, noise=noise)
    images = []
    labelled = entry(labels={"shape": [], "dtype": "int32"}, num_classes=3)
    for file in (content, with_metadata(content, labelled)):
        runner = Interpreter(model_content=file).get_signature_runner("serving_default")
        (inputs, outputs) = runner.get_input_details(), runner.get_output_details()
        assert (inputs["noise"]["dtype"], inputs["labels"]["dtype"]) == (np.float32, np.int32)
        assert outputs["images"]["dtype"] == np.float32
        images.append(runner(noise=noise, labels=labels)["images"])
    np.testing.assert_array_equal(*images)


def test_what_is_said_of_the_model_and_its_tensors(conditional_gan):
    content = convert(Exportable(conditional_gan))
    names = ["cat", "dog", "fox"]
    labels = {"shape": [], "dtype": "int32"}
    metadata = metadata_of(
        with_metadata(content, entry(labels=labels, num_classes=3, class_names=names))
    )
    texts = [metadata.get(field, "text") for field in (0, 2, 5, 7)]
    assert texts == ["Blöbs <dcgan>", "tfgan_kit 0.1.0", "MIT", "1.0.0"]
    assert "training data: 3 blobs" in metadata.get(1, "text")
    (graph,) = metadata.get(3, "tables")
    inputs = {each.get(0, "text"): each.get(1, "text") for each in graph.get(2, "tables")}
    numbers = "6 numbers, standard normal, and a label, an integer in [0, 3)"
    assert inputs == {"noise": numbers, "labels": "0 cat, 1 dog, 2 fox"}
    # Netron and Android Studio go by the order of the graph.
    order = [each.name for each in schema.ModelT.InitFromPackedBuf(content, 0).subgraphs[0].tensors]
    details = Interpreter(model_content=content).get_input_details()
    for name, each in zip(inputs, details, strict=True):
        assert name in order[each["index"]].decode()
    (images,) = graph.get(3, "tables")
    assert images.get(0, "text") == "images"
    assert images.get(1, "text") == "images of 8x8x1, values -1 (black) to 1 (white)"
    stats = images.get(5, "table")
    assert (stats.get(0, "float"), stats.get(1, "float")) == ([1.0], [-1.0])
    assert images.path(3).get(0, "byte") == 2, "an image"
    assert images.path(3, 1).get(0, "byte") == 2, "grayscale"
    (unit,) = images.get(4, "tables")
    (mean,), (deviation,) = (unit.path(1).get(field, "float") for field in (0, 1))
    assert [(value - mean) / deviation for value in (-1, 1)] == pytest.approx([0, 255])


@pytest.mark.parametrize("channels, kind, color", [(3, 2, 1), (2, 1, None)])
def test_only_pictures_are_images(channels, kind, color, first_export):
    metadata = metadata_of(with_metadata(convert(Exportable(first_export[0])), entry(channels)))
    (images,) = metadata.get(3, "tables")[0].get(3, "tables")
    assert images.path(3).get(0, "byte") == kind
    assert images.path(3, 1).get(0, "byte") == color
    assert len(images.get(4, "tables")) == (color is not None)
