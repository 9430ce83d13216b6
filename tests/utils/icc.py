"""ICC profiles for tests, made here."""

import struct


def wide_gamut():
    """A profile of RGB with the primaries of Display P3, adapted to D50, and gamma 2.2."""
    primaries = {
        b"rXYZ": (0.51512, 0.2412, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.1571, 0.06657, 0.78407),
        b"wtpt": (0.96420, 1.0, 0.82491),
    }
    tags = {name: b"XYZ " + bytes(4) + _fixed(*xyz) for name, xyz in primaries.items()}
    tags |= {name: _gamma() for name in (b"rTRC", b"gTRC", b"bTRC")}
    return profile(b"mntr", b"RGB ", tags)


def dark_grey():
    """A profile of grey of gamma 1: its numbers look brighter than sRGB's."""
    return profile(b"mntr", b"GRAY", {b"kTRC": _gamma(1.0), b"wtpt": _d50()})


def profile(kind, space, tags):
    """The bytes of an ICC profile of version 2 with these tags."""
    name = b"wide gamut\0"
    text = b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78)
    tags = {b"desc": text, **tags}
    at = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        content += bytes(-len(content) % 4)
        table += tag + struct.pack(">II", at + len(data), len(content))
        data += content
    head = struct.pack(">I", at + len(data)) + bytes(4) + struct.pack(">I", 0x02400000)
    head += kind + space + b"XYZ " + bytes(12) + b"acsp" + bytes(28) + _fixed(0.9642, 1, 0.82491)
    return head + bytes(128 - len(head)) + table + data


def _fixed(*numbers):
    return struct.pack(f">{len(numbers)}i", *(round(65536 * number) for number in numbers))


def _d50():
    return b"XYZ " + bytes(4) + _fixed(0.9642, 1.0, 0.82491)


def _gamma(value=2.2):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(256 * value))
