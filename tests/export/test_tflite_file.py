"""What stands in a TFLite file."""

import flatbuffers
import pytest
from ai_edge_litert import schema_py_generated as schema

from tfgan_kit.export import tflite_file
from tfgan_kit.utils.errors import InvalidArgument


@pytest.fixture
def content(tflite_file):
    return tflite_file.read_bytes()


def test_operations_are_counted(content):
    used = tflite_file.operations(content)
    assert used["FULLY_CONNECTED"] == 1
    assert used["CONV_2D"] == 4
    assert used["TANH"] == 1
    tflite_file.check_builtin(content)


def test_custom_operation_is_named(content):
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    code = model.operatorCodes[0]
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
    code.customCode = "FlexMatrixInverse"
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    with pytest.raises(InvalidArgument, match="custom:FlexMatrixInverse"):
        tflite_file.check_builtin(bytes(builder.Output()))


@pytest.mark.parametrize("content", [b"", b"TFL3", b"no such file"])
def test_other_files(content):
    with pytest.raises(InvalidArgument, match="no TFLite file"):
        tflite_file.operations(content)
