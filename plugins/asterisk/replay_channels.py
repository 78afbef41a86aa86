"""The channels which are up at the replay server, for its answer to CoreShowChannels."""

from datetime import UTC, datetime

from plugins.asterisk.frames import Message

_SHOWN = ("Channel", "ChannelStateDesc", "CallerIDNum", "CallerIDName", "Context", "Exten", "Uniqueid", "Linkedid")


class ReplayChannels:
    """Follows the events played and knows what Asterisk would list."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, str]] = {}
        self._since: dict[str, datetime] = {}

    def follow(self, message: Message) -> None:
        uniqueid = message.get("Uniqueid")
        if message.event == "Newchannel":
            self._rows[uniqueid] = {name: message.get(name) for name in _SHOWN}
            self._since[uniqueid] = datetime.fromtimestamp(float(message.get("Timestamp")), UTC)
        elif message.event == "Hangup":
            self._rows.pop(uniqueid, None)
        elif uniqueid in self._rows:
            self._update(self._rows[uniqueid], message)

    def rows(self, now: datetime) -> list[list[tuple[str, str]]]:
        """The headers of one CoreShowChannel event each, without Event and ActionID."""
        return [[*row.items(), ("Duration", self._duration(uniqueid, now))] for uniqueid, row in self._rows.items()]

    def _update(self, row: dict[str, str], message: Message) -> None:
        if message.event == "Newstate":
            row["ChannelStateDesc"] = message.get("ChannelStateDesc")
        elif message.event == "BridgeEnter":
            row["BridgeId"] = message.get("BridgeUniqueid")
        elif message.event == "BridgeLeave":
            row["BridgeId"] = ""

    def _duration(self, uniqueid: str, now: datetime) -> str:
        seconds = max(0, int((now - self._since[uniqueid]).total_seconds()))
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
