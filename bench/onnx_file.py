"""Writes small ONNX models, of the few message types that these need (onnx.proto, IR version 8): for tests, and for the benchmark's
attacker by pixels. No package of ONNX is needed."""

import struct


def _varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def _field(number, value):
    """A protobuf field: bytes and text with their length, whole numbers as varints, floats as four bytes."""
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    value = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _value(name, shape, kind=1):
    """A tensor's name and shape; sizes that are text stay open. kind: 1 float, 2 uint8."""
    dims = b"".join(_field(1, _field(2 if isinstance(size, str) else 1, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dims)))


def node(kind, inputs, outputs, **attributes):
    """An operation; attributes are whole numbers or lists of them."""
    text = b"".join(_field(1, name) for name in inputs) + b"".join(_field(2, name) for name in outputs) + _field(4, kind)
    for name, value in attributes.items():
        many = isinstance(value, (list, tuple))
        values = b"".join(_field(8, one) for one in value) if many else _field(3, value)
        text += _field(5, _field(1, name) + values + _field(20, 7 if many else 2))
    return text


def model(nodes, inputs, outputs):
    """A model's bytes. inputs, outputs: {name: shape} or {name: (shape, kind)}."""
    def values(number, named):
        return b"".join(_field(number, _value(name, *(shape if isinstance(shape, tuple) else (shape,)))) for name, shape in named.items())
    graph = b"".join(_field(1, one) for one in nodes) + _field(2, "graph") + values(11, inputs) + values(12, outputs)
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))


def means_of_cells(size, cell):
    """A model of no learning: the mean of each cell of the picture, in each colour, as one row."""
    count = 3 * (size // cell) ** 2
    return model([node("AveragePool", ["picture"], ["cells"], kernel_shape=[cell, cell], strides=[cell, cell]),
                  node("Flatten", ["cells"], ["row"], axis=1)],
                 {"picture": ["n", 3, size, size]}, {"row": ["n", count]})
