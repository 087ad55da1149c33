"""A licence and what it allows, in lines for a terminal."""

from collections.abc import Iterator

from appliance.core.license.body import Body, License
from appliance.core.license.licensing import Licensing, why_closed
from appliance.core.license.machine import short
from appliance.store.licenses import Channels


def body_lines(body: Body) -> Iterator[str]:
    if not isinstance(body, License):
        yield f"list {body.number} of revocations, {body.issued_at:%Y-%m-%d}, signed with key {body.key_id}"
        yield f"licenses  {', '.join(body.licenses) or '-'}"
        yield f"seats     {', '.join(body.seats) or '-'}"
        return
    yield f"license   {body.license_id}{' (trial)' if body.trial else ''}, signed with key {body.key_id}"
    yield f"customer  {body.customer}"
    yield f"edition   {body.edition}"
    yield f"seats     {len(body.seats)} {body.model}, {body.channels_per_agent} channels each; supervisors are free"
    yield f"valid     {body.not_before:%Y-%m-%d} to {body.expires_at:%Y-%m-%d}, {body.grace_days} days of grace"
    yield f"features  {', '.join(body.features) or '-'}"
    yield f"support   {body.support or '-'}"
    yield f"machine   {', '.join(map(short, body.machines)) or 'any'}"
    yield f"replaces  {', '.join(body.replaces) or '-'}"
    if body.exemptions:
        yield f"exempt    {', '.join(body.exemptions)}"


def status_lines(current: Licensing, working: int, channels: Channels) -> Iterator[str]:
    if current.license is not None:
        yield from body_lines(current.license)
        yield f"state     {current.phase}, {current.days_left} days left"
        yield f"channels  {channels.used} of {current.channels} in use, {channels.peak} at most today"
        taken = len(current.holders) if current.license.model == "named" else working
        yield f"taken     {taken} of {current.places}; {working} agents are logged in"
        for agent, seat in current.holders.items() if current.license.model == "named" else ():
            yield f"          {seat.seat_id}  {agent}  since {seat.since_at:%Y-%m-%d}"
    closed = why_closed(current)
    if closed is not None:
        yield closed.text()
    if current.is_clock_back:
        yield f"The clock was set back: the license is judged at {current.judged_at:%Y-%m-%d %H:%M} UTC. Set the clock."
