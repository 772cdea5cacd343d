"""What stands in a TFLite file: the operations it uses."""

# Written by flatc from LiteRT's schema; ai-edge-litert 2 ships it for tools like this one.
from ai_edge_litert import schema_py_generated as schema

from tfgan_kit.utils.errors import InvalidArgument

__all__ = ["check_builtin", "operations"]

_NAMES = {
    code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
}


def operations(content):
    """The operations that a TFLite file uses."""
    if content[4:8] != b"TFL3":
        raise InvalidArgument(f"This is no TFLite file: it begins with {content[:8]!r}")
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    counts = {}
    for graph in model.subgraphs:
        for operator in graph.operators or []:
            name = _name(model.operatorCodes[operator.opcodeIndex])
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def check_builtin(content):
    """Refuse a TFLite file that needs more than TFLite's builtin operations."""
    used = operations(content)
    foreign = [name for name in used if name.startswith("custom:")]
    if foreign or not used:
        raise InvalidArgument(
            "The converted file must use TFLite's builtin operations, and some. "
            f"Received: {', '.join(foreign) or 'no operation at all'}"
        )


def _name(code):
    # Codes below 127 stand in the older, shorter field as well.
    builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
    if builtin == schema.BuiltinOperator.CUSTOM:
        custom = code.customCode
        return f"custom:{custom.decode() if isinstance(custom, bytes) else custom}"
    return _NAMES.get(builtin, f"builtin {builtin}")
