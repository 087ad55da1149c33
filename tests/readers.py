"""A reader that misbehaves as it is told: it shows that the limits of readers hold."""

import os
import resource
from collections.abc import Iterator, Mapping
from typing import Any

from appliance.adapters.reader_process import answer


def misbehave(order: Mapping[str, Any]) -> Iterator[Any]:
    if order["work"] == "fill":
        yield len(bytearray(64 << 20) + bytearray(64 << 20))
    while order["work"] == "spin":
        pass
    if order["work"] == "write":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        with open(order["path"], "wb") as file:
            file.write(bytes(2 << 20))
    os._exit(1)


if __name__ == "__main__":
    answer(misbehave, memory=100 << 20, seconds=1)
