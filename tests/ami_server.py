"""A scripted AMI server: speaks Asterisk's side of the wire for tests, and records all that it is told.

async with AmiServer() as server:
    server.answer("QueueAdd", success("Added interface to queue"))
    server.answer("QueueStatus", listing("QueueStatus", [{"Event": "QueueParams", "Queue": "sales"}]))
    server.answer("Originate", silence)
    ...
    server.send({"Event": "QueueCallerJoin", "Queue": "sales"})
    assert server.received("QueueAdd")[0]["Queue"] == "sales"
    await server.drop()                     # every client sees the connection end
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

Message = Mapping[str, str | Sequence[str]]
Action = dict[str, str]
Answer = Callable[[Action], Sequence[Message]]

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def silence(_action: Action) -> Sequence[Message]:
    """Take the action and never answer."""
    return ()


def success(message: str = "", **fields: str) -> Answer:
    return lambda _action: [{"Response": "Success", **({"Message": message} if message else {}), **fields}]


def error(message: str) -> Answer:
    return lambda _action: [{"Response": "Error", "Message": message}]


def listing(action: str, items: Sequence[Message] = ()) -> Answer:
    """An answer as Asterisk gives lists: start, items, complete."""
    return lambda _action: [
        {"Response": "Success", "EventList": "start", "Message": f"{action} will follow"},
        *items,
        {"Event": f"{action}Complete", "EventList": "Complete", "ListItems": str(len(items))},
    ]


def output(*lines: str) -> Answer:
    """An answer to the action Command."""
    return lambda _action: [{"Response": "Success", "Message": "Command output follows", "Output": list(lines)}]


class AmiServer:
    def __init__(self, username: str = "appliance", secret: str = "s3cret") -> None:
        self.username, self.secret = username, secret
        self.host, self.port = "127.0.0.1", 0
        self.is_booted = True  # False: logins work, but FullyBooted comes only with boot()
        self.actions: list[Action] = []
        self.logins = 0
        self._connections: set[asyncio.StreamWriter] = set()
        self._clients: set[asyncio.StreamWriter] = set()  # those that have logged in: they get events
        self._answers: dict[str, Answer] = {
            "Logoff": lambda _action: [{"Response": "Goodbye", "Message": "Thanks for all the fish."}],
            "Ping": success(Ping="Pong", Timestamp="1700000000.000000"),
            "QueueStatus": listing("QueueStatus"),
            "CoreShowChannels": listing("CoreShowChannels"),
            "PJSIPShowContacts": error("No Contacts found"),
            "PJSIPShowEndpoints": error("No endpoints found"),
        }

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after stop() on the same port again."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        await self.drop()

    def answer(self, action: str, answer: Answer) -> None:
        """From now on this action is answered so."""
        self._answers[action] = answer

    def received(self, action: str) -> list[Action]:
        return [each for each in self.actions if each.get("Action") == action]

    def send(self, *events: Message) -> None:
        self.send_raw(b"".join(encode(event) for event in events))

    def send_raw(self, data: bytes) -> None:
        for client in self._clients:
            client.write(data)

    def boot(self) -> None:
        self.is_booted = True
        self.send({"Event": "FullyBooted", "Privilege": "system,all", "Status": "Fully Booted"})

    async def drop(self) -> None:
        """End every connection at once, as a killed Asterisk does."""
        connections, self._connections = self._connections, set()
        self._clients.clear()
        for connection in connections:
            connection.close()
            with suppress(ConnectionError):
                await connection.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        writer.write(BANNER)
        try:
            while action := decode(await reader.readuntil(b"\r\n\r\n")):
                self.actions.append(action)
                writer.write(b"".join(encode(_with_id(each, action)) for each in self._reply(action, writer)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            self._connections.discard(writer)
            self._clients.discard(writer)
            writer.close()

    def _reply(self, action: Action, writer: asyncio.StreamWriter) -> Sequence[Message]:
        name = action.get("Action", "")
        if name in self._answers:
            return self._answers[name](action)
        if name == "Login":
            return self._login(action, writer)
        return error(f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands.")(action)

    def _login(self, action: Action, writer: asyncio.StreamWriter) -> Sequence[Message]:
        self.logins += 1
        if (action.get("Username"), action.get("Secret")) != (self.username, self.secret):
            return error("Authentication failed")(action)
        self._clients.add(writer)
        accepted = {"Response": "Success", "Message": "Authentication accepted"}
        booted = {"Event": "FullyBooted", "Privilege": "system,all", "Status": "Fully Booted"}
        return [accepted, booted] if self.is_booted else [accepted]


def _with_id(message: Message, action: Action) -> Message:
    """Responses and list items carry the ActionID; an event such as FullyBooted does not."""
    if "ActionID" not in action or message.get("Event") == "FullyBooted":
        return message
    return {**message, "ActionID": action["ActionID"]}


def encode(message: Message) -> bytes:
    lines = []
    for name, value in message.items():
        lines += [f"{name}: {each}" for each in ([value] if isinstance(value, str) else value)]
    return "\r\n".join([*lines, "", ""]).encode()


def decode(data: bytes) -> Action:
    """One action as received; several values of one name (Variable) are joined by line feeds."""
    action: Action = {}
    for line in data.decode().split("\r\n"):
        name, colon, value = line.partition(": ")
        if colon:
            action[name] = f"{action[name]}\n{value}" if name in action else value
    return action
