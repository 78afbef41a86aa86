"""An AMI server which plays recorded calls: enough of Asterisk's manager for the bridge, the tests and the demo."""

import asyncio
import hmac
import itertools
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plugins.asterisk.frames import Decoder, Message, encode
from plugins.asterisk.originate import CALL_ID, EXTENSION, NUMBER
from plugins.asterisk.recording import Recording, Renaming, click_to_call, load, people
from plugins.asterisk.replay_channels import ReplayChannels

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
_ANSWERED, _BUSY = "outbound_click2call_answered", "outbound_click2call_busy"

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Playing:
    """What is played and how. `gap`: seconds between calls; `loop`: seconds from round to round, None for one round."""

    directory: Path
    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    speed: float = 1.0
    gap: float = 1.0
    loop: float | None = None
    only: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Client:
    """One connection; `classes` are the event classes it asked for at login, None before."""

    writer: asyncio.StreamWriter
    classes: frozenset[str] | None = None

    def send(self, *headers: tuple[str, str]) -> None:
        with suppress(OSError):
            self.writer.write(encode(headers))

    def wants(self, privilege: str) -> bool:
        return self.classes is not None and bool(self.classes & {"all", privilege.partition(",")[0]})


class ReplayServer:
    """Speaks to its clients and plays to all who are logged in."""

    def __init__(self, playing: Playing) -> None:
        self._playing = playing
        self._recordings = load(playing.directory)
        self._names = people(self._recordings)
        self._clients: set[Client] = set()
        self._somebody = asyncio.Event()
        self._serial = itertools.count(1000)
        self._channels = ReplayChannels()
        self._dialling: set[asyncio.Task[None]] = set()
        self._actions: dict[str, Callable[[Client, Message], None]] = {
            "Ping": self._ping,
            "CoreShowChannels": self._show_channels,
            "Originate": self._originate,
        }

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client, decoder = Client(writer), Decoder()
        writer.write(GREETING)
        try:
            while data := await reader.read(65_536):
                for action in decoder.feed(data):
                    self._answer(client, action)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self._clients.discard(client)
            writer.close()

    async def play_rounds(self) -> None:
        """Plays everything, again and again if asked to; waits for somebody to listen."""
        wanted = [r for r in self._recordings if not self._playing.only or r.name in self._playing.only]
        while True:
            await self._somebody.wait()
            started = asyncio.get_running_loop().time()
            for recording in wanted:
                await self._play(recording, Renaming(recording, datetime.now(UTC), self._serial))
                await asyncio.sleep(self._playing.gap)
            if self._playing.loop is None:
                return
            await asyncio.sleep(max(0.0, started + self._playing.loop - asyncio.get_running_loop().time()))

    def _answer(self, client: Client, action: Message) -> None:
        name = action.get("Action")
        if name == "Login":
            self._log_in(client, action)
        elif client.classes is None:
            _respond(client, action, "Error", "Permission denied")
        elif name in self._actions:
            self._actions[name](client, action)
        else:
            _respond(client, action, "Error", "Invalid/unknown command")

    def _log_in(self, client: Client, action: Message) -> None:
        known = hmac.compare_digest(action.get("Secret").encode(), self._playing.secret.encode())
        if not known or action.get("Username") != self._playing.username:
            _respond(client, action, "Error", "Authentication failed")
            client.writer.close()
            return
        asked = action.get("Events") or "on"
        client.classes = frozenset({"all"} if asked == "on" else asked.split(","))
        _respond(client, action, "Success", "Authentication accepted")
        client.send(("Event", "FullyBooted"), ("Privilege", "system,all"), ("Status", "Fully Booted"))
        self._clients.add(client)
        self._somebody.set()

    def _ping(self, client: Client, action: Message) -> None:
        client.send(("Response", "Success"), ("ActionID", action.get("ActionID")), ("Ping", "Pong"))

    def _show_channels(self, client: Client, action: Message) -> None:
        ours = ("ActionID", action.get("ActionID"))
        client.send(("Response", "Success"), ours, ("EventList", "start"), ("Message", "Channels will follow"))
        rows = self._channels.rows(datetime.now(UTC))
        for row in rows:
            client.send(("Event", "CoreShowChannel"), ours, *row)
        client.send(("Event", "CoreShowChannelsComplete"), ours, ("EventList", "Complete"), ("ListItems", str(len(rows))))

    def _originate(self, client: Client, action: Message) -> None:
        extension = action.get("Channel").partition("/")[2]
        number, channel_id = action.get("Exten"), action.get("ChannelId")
        recording = self._dialled_scenario(number)
        usable = EXTENSION.fullmatch(extension) and NUMBER.fullmatch(number) and CALL_ID.fullmatch(channel_id)
        if recording is None or not usable:
            _respond(client, action, "Error", "Originate failed")
            return
        _respond(client, action, "Success", "Originate successfully queued")
        rename = click_to_call(recording, channel_id, extension, number, self._names.get(extension, extension))
        renaming = rename(datetime.now(UTC), self._serial)
        task = asyncio.create_task(self._play(recording, renaming, action.get("ActionID")))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    def _dialled_scenario(self, number: str) -> Recording | None:
        """The number that was busy when it was recorded is still busy; every other one answers."""
        by_name = {r.name: r for r in self._recordings}
        busy = by_name.get(_BUSY)
        if busy and busy.first("OriginateResponse").get("Exten")[-9:] == number[-9:]:
            return busy
        return by_name.get(_ANSWERED)

    async def _play(self, recording: Recording, renaming: Renaming, action_id: str = "") -> None:
        loop, start = asyncio.get_running_loop(), datetime.now(UTC)
        began = loop.time()
        for offset, message in recording.events:
            due = offset / self._playing.speed
            if (wait := began + due - loop.time()) > 0:
                await asyncio.sleep(wait)
            headers = renaming.apply(message, start + timedelta(seconds=due))
            self._broadcast(message, [(k, action_id if k == "ActionID" else v) for k, v in headers])

    def _broadcast(self, message: Message, headers: Headers) -> None:
        self._channels.follow(Message(tuple(headers)))
        for client in list(self._clients):
            if client.wants(message.get("Privilege")):
                client.send(*headers)


def _respond(client: Client, action: Message, response: str, text: str) -> None:
    client.send(("Response", response), ("ActionID", action.get("ActionID")), ("Message", text))


def serve(playing: Playing) -> None:
    """Listens and plays until SIGTERM or SIGINT.

    Raises:
        OSError: the port is taken. ValueError: no recordings.
    """
    asyncio.run(_serve(playing))


async def _serve(playing: Playing) -> None:
    server = ReplayServer(playing)
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    listening = await asyncio.start_server(server.accept, playing.host, playing.port)
    host, port = listening.sockets[0].getsockname()[:2]
    print(f"Replaying recorded calls as an Asterisk at {host}:{port}", file=sys.stderr, flush=True)  # noqa: T201
    rounds = asyncio.create_task(server.play_rounds())
    await stopping.wait()
    rounds.cancel()
    listening.close()
