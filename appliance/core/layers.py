"""A layered layout of a graph: each node right of all that lead to it, with few lines that cross; circles are cut."""

from collections.abc import Sequence

Steps = Sequence[Sequence[int]]  # for each node, the nodes that it leads to
SWEEPS = 4


def layers_of(steps: Steps) -> tuple[list[int], set[tuple[int, int]]]:
    """The layer of each node, and the steps (from, to) that lead back and so close a circle."""
    order, back = _depth_first(steps)
    layers = [0] * len(steps)
    for node in reversed(order):  # whoever leads to a node comes before it
        for to in steps[node]:
            if (node, to) not in back:
                layers[to] = max(layers[to], layers[node] + 1)
    return layers, back


def _depth_first(steps: Steps) -> tuple[list[int], set[tuple[int, int]]]:
    """Nodes in the order in which they are left, and the steps to a node that is not left yet."""
    unseen, entered, left = 0, 1, 2
    state, order, back = [unseen] * len(steps), list[int](), set[tuple[int, int]]()
    for root in _roots_first(steps):
        trail = [(root, iter(steps[root]))] if state[root] == unseen else []
        state[root] = max(state[root], entered)
        while trail:
            node, rest = trail[-1]
            to = next(rest, None)
            if to is None:
                state[node] = left
                order.append(node)
                trail.pop()
            elif state[to] == entered:
                back.add((node, to))
            elif state[to] == unseen:
                state[to] = entered
                trail.append((to, iter(steps[to])))
    return order, back


def _roots_first(steps: Steps) -> list[int]:
    reached = {to for node, tos in enumerate(steps) for to in tos if to != node}
    return sorted(range(len(steps)), key=lambda node: node in reached)


def ordered(steps: Steps, layers: Sequence[int]) -> list[int]:
    """The row of each node in its layer: near the middle of its neighbours, looked at from both sides in turn."""
    after = [list(tos) for tos in steps]
    before: list[list[int]] = [[] for _ in steps]
    for node, tos in enumerate(steps):
        for to in tos:
            before[to].append(node)
    columns: list[list[int]] = [[] for _ in range(max(layers, default=-1) + 1)]
    for node, layer in enumerate(layers):
        columns[layer].append(node)
    place = [0.0] * len(steps)
    _put(columns, place)
    for sweep in range(SWEEPS):
        near = before if sweep % 2 == 0 else after
        for column in columns if sweep % 2 == 0 else reversed(columns):
            column.sort(key=lambda node: _middle(place, near[node], place[node]))
            _put([column], place)
    rows = [0] * len(steps)
    for column in columns:
        for row, node in enumerate(column):
            rows[node] = row
    return rows


def _middle(place: Sequence[float], near: Sequence[int], own: float) -> float:
    return sum(place[node] for node in near) / len(near) if near else own


def _put(columns: Sequence[Sequence[int]], place: list[float]) -> None:
    """Each node's height as a part of its column's, so that columns of different length can be compared."""
    for column in columns:
        for row, node in enumerate(column):
            place[node] = (row + 0.5) / len(column)
