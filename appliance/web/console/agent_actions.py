"""What supervisors do to an agent's session; each act may carry a note that the agent is shown."""

from aiohttp import web

from appliance.services.agents.pauses import grant_pause, pause, refuse_pause, unpause
from appliance.services.agents.sessions import Place, log_in, log_out
from appliance.services.agents.trail import Act
from appliance.web.agent_acts import end_wrapup, note_of
from appliance.web.keys import DATABASE, NODE, PERSON, WRAPUPS

ACTIONS = (
    "log-in",
    "log-out",
    "pause",
    "unpause",
    "ready",
    "pause/grant",
    "pause/refuse",
    "wrapup/longer",
    "wrapup/finish",
)


async def act_on(request: web.Request, agent: str, action: str) -> None:
    form = await request.post()
    act = Act(request[PERSON].login, note=note_of(form))
    async with request.app[DATABASE].transaction() as tx:
        match action:
            case "log-in":
                await log_in(tx, agent, Place(request.app[NODE]), act)
            case "log-out":
                await log_out(tx, agent, act)
            case "pause":
                await pause(tx, agent, str(form.get("reason", "")) or "other", act)
            case "unpause" | "ready":
                await unpause(tx, agent, act)
            case "pause/grant":
                await grant_pause(tx, agent, act)
            case "pause/refuse":
                await refuse_pause(tx, agent, act)
    _follow(request, agent, action)


def _follow(request: web.Request, agent: str, action: str) -> None:
    """After the commit: what is not in the database."""
    match action:
        case "pause" | "pause/grant":
            end_wrapup(request, agent)
        case "ready" | "wrapup/finish":
            request.app[WRAPUPS].finish(agent, is_forced=True)
        case "wrapup/longer":
            request.app[WRAPUPS].longer(agent)
