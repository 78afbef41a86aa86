"""Things kept sealed for ten minutes while a person is busy elsewhere: sign-ins at Salesforce (R11), tested logins (B8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from host.plugin_api import NeedsConfiguration, PluginContext

VALID_FOR = timedelta(minutes=10)
MOST_AT_ONCE = 20

Entry = dict[str, Any]
Entries = dict[str, Entry]


@dataclass(frozen=True, slots=True)
class ShortLived:
    """Entries by key, all sealed as one secret of this name; each is gone once it is taken, and after ten minutes."""

    name: str

    def put(self, context: PluginContext, key: str, values: Mapping[str, Any]) -> tuple[Entry, ...]:
        """Keep these values; gives back entries that had to go: too old, or more than can be kept."""
        entry = {**values, "until": (context.clock() + VALID_FOR).isoformat()}

        def edit(kept: Entries) -> Entries:
            valid = _valid(context, kept)
            return {**dict(list(valid.items())[-(MOST_AT_ONCE - 1) :]), key: entry}

        return self._edited(context, edit)

    def peek(self, context: PluginContext, key: str) -> Entry | None:
        """The entry of that key, which stays."""
        return _valid(context, self._read(context)).get(key)

    def take(self, context: PluginContext, key: str) -> Entry | None:
        """The entry of that key, for the one who asks first."""
        with context.exclusive(self.name):
            kept = self._read(context)
            found = _valid(context, kept).get(key)
            if found is not None:
                self._write(context, {name: entry for name, entry in kept.items() if name != key})
        return found

    def sweep(self, context: PluginContext) -> tuple[Entry, ...]:
        """Forget what is too old; gives it back."""
        return self._edited(context, lambda kept: _valid(context, kept))

    def clear(self, context: PluginContext) -> tuple[Entry, ...]:
        """Forget all; gives them back."""
        return self._edited(context, lambda _kept: {})

    def _edited(self, context: PluginContext, edit: Callable[[Entries], Entries]) -> tuple[Entry, ...]:
        with context.exclusive(self.name):
            before = self._read(context)
            after = edit(before)
            if after != before:
                self._write(context, after)
        return tuple(entry for key, entry in before.items() if key not in after)

    def _read(self, context: PluginContext) -> Entries:
        """Entries that cannot be read any more are none: they would have been over in minutes."""
        try:
            sealed = context.secrets.get(self.name)
        except NeedsConfiguration:
            return {}
        return json.loads(sealed) if sealed else {}

    def _write(self, context: PluginContext, entries: Entries) -> None:
        context.secrets.put({self.name: json.dumps(entries) if entries else None})


def _valid(context: PluginContext, entries: Entries) -> Entries:
    now = context.clock()
    return {key: entry for key, entry in entries.items() if datetime.fromisoformat(entry["until"]) > now}
