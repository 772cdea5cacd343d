"""A SavedModel may only compute: an operation such as `WriteFile` writes when it is called."""

import pathlib

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["check"]

# Arithmetic on tensors, reading the model's own variables, control flow, noise and PNG.
_COMPUTE = """
Abs Acos Acosh Add AddN AddV2 All Any ArgMax ArgMin Asin Asinh Assert Atan Atan2 Atanh AvgPool
AvgPool3D BatchMatMulV2 BatchMatMulV3 BatchToSpaceND BiasAdd Bitcast BitwiseAnd BitwiseOr
BitwiseXor BroadcastArgs BroadcastTo Cast Ceil CheckNumerics ClipByValue ConcatV2 Const Conv2D
Conv2DBackpropInput Conv3D Cos Cosh Cumprod Cumsum DepthToSpace DepthwiseConv2dNative Digamma
DivNoNan Einsum Elu EncodeJpeg EncodePng EnsureShape Equal Erf Erfc Erfinv EuclideanNorm Exp
ExpandDims Expm1 Fill Floor FloorDiv FloorMod FusedBatchNormV3 GatherNd GatherV2 Greater
GreaterEqual Identity IdentityN If Inv InvertPermutation IsFinite IsInf IsNan L2Loss LRN
LeakyRelu LeftShift Less LessEqual Lgamma LinSpace Log Log1p LogSoftmax LogicalAnd LogicalNot
LogicalOr MatMul MatrixBandPart MatrixDiagV3 Max MaxPool MaxPool3D MaxPoolV2 Maximum Mean Min
Minimum MirrorPad Mod Mul MulNoNan Neg NoOp NotEqual OneHot OnesLike Pack Pad PadV2
PartitionedCall Placeholder PlaceholderWithDefault Pow Prod RandomStandardNormal RandomUniform
Range Rank ReadVariableOp RealDiv Reciprocal Relu Relu6 Reshape ResizeArea ResizeBicubic
ResizeBilinear ResizeNearestNeighbor ReverseV2 RightShift Rint Roll Round Rsqrt ScatterNd Select
SelectV2 Selu Shape ShapeN Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign
SpaceToBatchND SpaceToDepth Split SplitV Sqrt Square SquaredDifference Squeeze
StatefulPartitionedCall StatelessCase StatelessIf StatelessRandomGetAlg
StatelessRandomGetKeyCounter StatelessRandomNormal StatelessRandomNormalV2
StatelessRandomUniform StatelessRandomUniformFullInt StatelessRandomUniformFullIntV2
StatelessRandomUniformIntV2 StatelessRandomUniformV2 StatelessTruncatedNormalV2 StatelessWhile
StopGradient StridedSlice Sub Sum Tan Tanh TensorListElementShape TensorListFromTensor
TensorListGetItem TensorListLength TensorListReserve TensorListSetItem TensorListStack
TensorScatterUpdate Tile TopKV2 Transpose TruncateDiv TruncateMod Unpack UpperBound VarHandleOp
VarIsInitializedOp VariableShape Where While Xdivy Xlogy ZerosLike
"""
_ALLOWED_OPS = frozenset(_COMPUTE.split())

# TensorFlow adds a saver to every SavedModel; `tf.saved_model.load` never runs it.
_SAVER = """
AssignVariableOp DisableCopyOnRead MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename
StaticRegexFullMatch StaticRegexReplace StringJoin
"""
_SAVER_OPS = frozenset(_SAVER.split())


def check(path):
    """Refuse a SavedModel that does more than compute when it is loaded or called."""
    path = pathlib.Path(path)
    for meta_graph in _read(path / "saved_model.pb").meta_graphs:
        objects = meta_graph.object_graph_def
        if not objects.nodes:
            raise InvalidArgument(f"{path} was saved by TensorFlow 1, which cannot be loaded")
        if meta_graph.asset_file_def:
            raise InvalidArgument(f"{path} has asset files, which a generator does not need")
        library = {
            function.signature.name: function for function in meta_graph.graph_def.library.function
        }
        callable_functions = _reachable(objects.concrete_functions, library)
        for name, function in library.items():
            allowed = _ALLOWED_OPS if name in callable_functions else _ALLOWED_OPS | _SAVER_OPS
            _check_nodes(path, function.node_def, allowed, library)
        _check_nodes(path, meta_graph.graph_def.node, _ALLOWED_OPS | _SAVER_OPS, library)


def _read(path):
    try:
        return saved_model_pb2.SavedModel.FromString(path.read_bytes())
    except DecodeError as error:
        raise InvalidArgument(f"Cannot read {path} as a SavedModel: {error}") from error


def _reachable(names, library):
    """The names of these functions and of all functions they call."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name in library and name not in found:
            found.add(name)
            waiting += [called for node in library[name].node_def for called in _called(node)]
    return found


def _called(node):
    for value in node.attr.values():
        yield from [value.func.name] if value.func.name else []
        yield from (each.name for each in value.list.func)


def _check_nodes(path, nodes, allowed, library):
    for node in nodes:
        if node.op not in allowed and node.op not in library:
            raise InvalidArgument(
                f"{path} uses the operation {node.op}, which is not allowed in a generator. "
                "Operations of a SavedModel can read and write files"
            )
