"""What a queue's settings mean while somebody waits: widening, and whether a callback is offered."""

from appliance.core.entities.queues import Queue
from appliance.core.entities.waiting import Widening


def widening(queue: Queue) -> list[Widening]:
    """The steps in the order in which a caller passes them."""
    return sorted(queue.widening, key=lambda step: (step.after_s, step.max_penalty))


def highest_penalty(queue: Queue, waited_s: float) -> int | None:
    """Up to which penalty agents are asked for someone who has waited so long; None for all agents."""
    if not queue.widening:
        return None
    return next((step.max_penalty for step in reversed(widening(queue)) if step.after_s <= waited_s), 0)


def offers_callback(queue: Queue) -> bool:
    """Whether a caller can wait long enough to hear the offer."""
    return bool(queue.callback_after_s) and not 0 < queue.max_wait_s <= queue.callback_after_s
