"""Ids in addresses: a number that no id can have leads nowhere, instead of to a database that cannot take it."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1


class StorableInteger(IntegerConverter):
    """`<int:…>` of a route: up to what an integer column holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max = min(self.max or LARGEST, LARGEST)
