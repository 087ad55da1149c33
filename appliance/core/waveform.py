"""A sound as the drawing of its loudness."""

from array import array

HEIGHT = 48


def peaks(samples: bytes, count: int) -> list[float]:
    """The loudest moment of each of `count` equal stretches of 16-bit mono sound, from 0 to 1."""
    values = array("h", samples[: len(samples) // 2 * 2])
    step = max(1, -(-len(values) // count))
    stretches = (values[start : start + step] for start in range(0, len(values), step))
    return [max(abs(max(each)), abs(min(each))) / 32768 for each in stretches]


def drawing(heights: list[float]) -> str:
    """The path of an SVG: one upright line for each, three units apart."""
    middle = HEIGHT / 2
    lines = ((3 * place + 1.5, max(1.0, height * (middle - 1))) for place, height in enumerate(heights))
    return "".join(f"M{x:g} {middle - size:.1f}V{middle + size:.1f}" for x, size in lines)
