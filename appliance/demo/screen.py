"""What the demo prints: lines at once, and long steps with their time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def line(text: str = "") -> None:
    print(text, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what begins, and how long it took once it is over."""
    began = time.monotonic()
    sys.stdout.write(f"  - {what} ... ")
    sys.stdout.flush()
    yield
    line(f"{time.monotonic() - began:.1f} s")
