"""The match a plugin reported, as JSON in a row and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from host.plugin_api import Candidate, Match, RecordRef
from host.sentences import read
from host.storage.tables import matches
from host.storage.texts import storable_json
from host.storage.upsert import dialect_insert, upsert
from host.telephony.fields import is_web_address


def store_match(connection: Connection, call_id: str, plugin: str, match: Match, at: datetime) -> None:
    """Keep this plugin's latest match of this call."""
    upsert(connection, matches, {"call_id": call_id, "plugin": plugin}, _values(match, at))


def store_matches(connection: Connection, by_call: Mapping[str, Match], plugin: str, at: datetime) -> None:
    """As `store_match` for many calls; the same match of several is turned into JSON once."""
    if not by_call:
        return
    values = {id(match): _values(match, at) for match in by_call.values()}
    rows = [{"call_id": call_id, "plugin": plugin, **values[id(match)]} for call_id, match in by_call.items()]
    statement = dialect_insert(connection, matches)
    new = {name: statement.excluded[name] for name in ("matched_at", "match")}
    connection.execute(statement.on_conflict_do_update(index_elements=["call_id", "plugin"], set_=new), rows)


def _values(match: Match, at: datetime) -> dict[str, Any]:
    return {"matched_at": at, "match": storable_json(asdict(_linked(match)))}


def _linked(match: Match) -> Match:
    """With links a browser may open by a click, http and https: addresses come from the CRM's answers."""
    candidates = tuple(replace(each, url=_web_address(each.url)) for each in match.candidates)
    return replace(match, url=_web_address(match.url), candidates=candidates)


def _web_address(url: str) -> str:
    return url if is_web_address(url) else ""


def match_from(stored: Mapping[str, Any]) -> Match:
    """The match as it was reported."""
    return Match(
        record=_record(stored["record"]),
        company=stored["company"],
        person=stored["person"],
        url=stored["url"],
        rule=read(stored["rule"]),
        tried=tuple(stored["tried"]),
        steps=tuple(map(read, stored["steps"])),
        candidates=tuple(_candidate(candidate) for candidate in stored["candidates"]),
        api_calls=stored["api_calls"],
    )


def _candidate(stored: Mapping[str, Any]) -> Candidate:
    modified_at = stored["modified_at"]
    plain = {name: stored[name] for name in ("name", "company", "field", "chosen", "url")}
    return Candidate(
        record=RecordRef(**stored["record"]),
        modified_at=datetime.fromisoformat(modified_at) if modified_at else None,
        verdict=read(stored["verdict"]),
        **plain,
    )


def _record(stored: Mapping[str, str] | None) -> RecordRef | None:
    return RecordRef(**stored) if stored else None
