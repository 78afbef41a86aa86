"""A furnished site for tests of pages: people of a Japanese sales office, their calls, memos and what plugins did."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from standing_clock import Clock

from host.app import create_app
from host.config import Config
from host.domain.ids import new_call_id
from host.domain.reasons import reason_of
from host.plugin_api import ContactEntry, RecordRef
from host.security.event_sources import create_source
from host.security.tokens import create_token
from host.security.users import Role, create_user
from host.services import Services, build_services
from host.storage import tables
from host.storage.texts import storable

PASSWORD = "correct horse battery"
ADMIN = "sato@example.co.jp"
AGENT = "suzuki@example.co.jp"
PEOPLE = (
    (ADMIN, "佐藤 美咲", Role.ADMIN, "101"),
    (AGENT, "鈴木 健太", Role.AGENT, "102"),
    ("takahashi@example.co.jp", "高橋 由美子", Role.AGENT, "103"),
    ("tanaka@example.co.jp", "田中 一郎", Role.AGENT, None),
)
CONTACTS = (
    ("+819012345678", "株式会社山田製作所", "山田 太郎", "Contact"),
    ("+81312345678", "東京海洋商事株式会社 営業第二部", "小林 さくら", "Contact"),
    ("+81661234567", "大阪電機工業", "", "Account"),
    ("+818098765432", "渡辺 健二", "渡辺 健二", "Account"),
    ("+81451112222", "有限会社みなと印刷", "伊藤 真由美", "Lead"),
)
LABELS = ("折り返し希望", "見積依頼", "クレーム", "資料送付済み")
NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
TRANSCRIPT = "\n".join(
    ("山田: お世話になっております。山田製作所の山田です。", "鈴木: お電話ありがとうございます。鈴木でございます。") * 12
)


@dataclass
class Office:
    """The site: its application and services, a clock, and how to come in."""

    app: Flask
    services: Services
    clock: Clock
    calls: dict[str, str]

    def browser(self, email: str | None = ADMIN, language: str = "en") -> Browser:
        """A browser; logged in as this person unless None."""
        browser = Browser(self.app.test_client(), language)
        if email:
            answer = browser.post("/login", email=email, password=PASSWORD)
            assert answer.status_code == 302, answer.get_data(as_text=True)
        return browser


class Browser:
    """A Flask test client that reads the CSRF token of the page before it posts, as a browser's form does."""

    def __init__(self, client: FlaskClient, language: str = "en") -> None:
        self.client = client
        self.headers = {"Accept-Language": language}

    def get(self, url: str, **headers: str) -> Any:
        return self.client.get(url, headers={**self.headers, **headers})

    def text(self, url: str) -> str:
        answer = self.get(url)
        assert answer.status_code == 200, f"{url}: {answer.status_code}"
        return str(answer.get_data(as_text=True))

    def token(self) -> str:
        for url in ("/profile", "/login"):
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(url).get_data(as_text=True))
            if found:
                return found[1]
        raise AssertionError("no form with a CSRF token")

    def post(self, url: str, _headers: dict[str, str] | None = None, **fields: Any) -> Any:
        values = {"csrf_token": self.token(), **fields}
        return self.client.post(url, data=values, headers={**self.headers, **(_headers or {})})


@dataclass(frozen=True)
class Furnished:
    """A furnished database file, to be copied, and the ids of its calls by what they are good for."""

    path: Path
    key: str
    calls: dict[str, str]


@pytest.fixture(scope="module")
def furnished(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Furnished:
    """Made once for the tests of a file: `office` copies it."""
    path = tmp_path_factory.mktemp("furnished") / "tsunagu.db"
    shutil.copyfile(migrated_sqlite, path)
    key = Fernet.generate_key().decode()
    services = build_services(office_config(path, key), clock=Clock(NOW))
    calls = furnish(services)
    with services.database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    services.database.engine.dispose()
    return Furnished(path, key, calls)


@pytest.fixture
def office(furnished: Furnished, tmp_path: Path, quick_passwords: None) -> Iterator[Office]:
    """A furnished site on a database of this test's own."""
    path, clock = tmp_path / "tsunagu.db", Clock(NOW)
    shutil.copyfile(furnished.path, path)
    services = build_services(office_config(path, furnished.key), clock=clock)
    yield Office(create_app(services=services), services, clock, furnished.calls)
    services.database.engine.dispose()


def office_config(path: Path, key: str) -> Config:
    return Config(database_url=f"sqlite:///{path}", secret_key="s" * 40, encryption_keys=(key,), site_name="Tsunagu")


def furnish(services: Services) -> dict[str, str]:
    """Fill the site; gives back the ids of the calls by what they are good for."""
    now = services.clock()
    with services.database.writing() as connection:
        for email, name, role, extension in PEOPLE:
            create_user(
                connection, email=email, name=name, role=role, password=PASSWORD, now=now, extension=extension, language=None
            )
        for position, label in enumerate(LABELS, start=1):
            connection.execute(insert(tables.memo_items).values(label=label, position=position, active=True))
        create_source(connection, services.sealer, "asterisk:main", now)
        create_token(connection, name="基幹システム連携", role=Role.AGENT, by=ADMIN, now=now)
    book = services.registry.contact_book()
    for index, (number, company, person, kind) in enumerate(CONTACTS):
        record = RecordRef(object=kind, id=f"003IR00000abc{index:02}YAB")
        book.register(
            ContactEntry(
                number=number,
                company=company,
                person=person,
                source="salesforce",
                record=record,
                record_url=f"https://example.my.salesforce.com/{record.id}",
                updated_at=now,
            )
        )
    return _calls(services)


def _calls(services: Services) -> dict[str, str]:
    """Today's calls, newest first; every outcome and state is among them."""
    named = {
        "ringing": add_call(services, minutes=0.2, number="+819012345678", agent="102", state="ringing", outcome=None),
        "matched": add_call(services, minutes=6, number="+819012345678", agent="102", talk=372, hangup_by="external"),
        "unknown": add_call(services, minutes=14, number="+81344445555", agent="102", talk=61),
        "missed": add_call(services, minutes=21, number="+81312345678", agent=None, outcome="no_answer"),
        "withheld": add_call(services, minutes=33, number=None, raw="anonymous", withheld=True, agent="103", talk=20),
        "transferred": add_call(services, minutes=47, number="+81661234567", agent="103", talk=1215, transfer="102"),
        "outbound": add_call(services, minutes=62, number="+818098765432", agent="101", direction="outbound", talk=3725),
        "failed": add_call(services, minutes=75, number="+81451112222", agent="102", talk=95),
        "busy": add_call(services, minutes=88, number="+81312345678", agent="102", direction="outbound", outcome="busy"),
        "internal": add_call(services, minutes=95, number=None, raw="104", agent="103", direction="internal", talk=44),
    }
    for index, outcome in enumerate(("canceled", "rejected", "failed", "agent_no_answer", "system_only", "unknown")):
        add_call(services, minutes=110 + index * 31, number=CONTACTS[index % 5][0], agent="102", outcome=outcome)
    _notes(services, named)
    _work(services, named)
    return named


def add_call(
    services: Services,
    *,
    minutes: float = 0,
    number: str | None = "+819012345678",
    raw: str = "",
    agent: str | None = "102",
    direction: str = "inbound",
    state: str = "ended",
    outcome: str | None = "answered",
    talk: float | None = None,
    transfer: str = "",
    withheld: bool = False,
    hangup_by: str = "agent",
) -> str:
    """A call that began so many minutes ago; gives back its id."""
    started = services.clock() - timedelta(minutes=minutes)
    answered = started + timedelta(seconds=8) if outcome == "answered" and state == "ended" else None
    ended = started + timedelta(seconds=8 + (talk or 12)) if state == "ended" else None
    names = {extension: (index, name) for index, (_mail, name, _role, extension) in enumerate(PEOPLE, start=1)}
    agents = [_agent(names, agent, answered)] if agent else []
    agents += [_agent(names, transfer, started + timedelta(seconds=60))] if transfer else []
    handed = [{"kind": "attended", "from": agent, "to": transfer, "at": _iso(started, 60)}] if transfer else []
    call_id = new_call_id(started)
    values = {
        "id": call_id,
        "source": "asterisk:main",
        "source_call_id": call_id,
        "state": state,
        "direction": direction,
        "number": number,
        "raw_number": raw or (number or ""),
        "withheld": withheld,
        "line": "0312340000",
        "agents": agents,
        "transfers": handed,
        "user_id": names[transfer or agent][0] if agent else None,
        "outcome": outcome,
        "started_at": started,
        "answered_at": answered,
        "ended_at": ended,
        "ring_seconds": 8.0,
        "talk_seconds": talk,
        "hangup_by": hangup_by,
        "created_at": started,
        "updated_at": ended or started,
    }
    with services.database.writing() as connection:
        connection.execute(insert(tables.calls).values(**values))
    return call_id


def _agent(names: dict[str | None, tuple[int, str]], extension: str, answered: datetime | None) -> dict[str, Any]:
    user_id, name = names[extension]
    moment = answered.isoformat() if answered else None
    return {"extension": extension, "name": name, "user_id": user_id, "answered_at": moment, "left_at": None}


def _iso(moment: datetime, seconds: int) -> str:
    return (moment + timedelta(seconds=seconds)).isoformat()


def _notes(services: Services, calls: dict[str, str]) -> None:
    now = services.clock()
    memos = {
        "matched": ("来週水曜 14:00 に訪問。新型プレス機の見積書を 2 部持参。\n担当が変わる可能性あり。", ["見積依頼"]),
        "transferred": (
            "納期の遅れについて。高橋から鈴木へ引き継ぎ、在庫を確認して本日中に折り返す。",
            ["クレーム", "折り返し希望"],
        ),
        "outbound": ("", ["資料送付済み"]),
    }
    with services.database.writing() as connection:
        for name, (text, items) in memos.items():
            values = {"call_id": calls[name], "text": text, "items": items, "version": 1, "saved_at": now, "saved_by": AGENT}
            connection.execute(insert(tables.memos).values(**values))
        summary = "新型プレス機の見積もりを依頼された。来週水曜に訪問し、見積書を 2 部持参する。"
        analysis = {"call_id": calls["matched"], "summary": summary, "transcript": TRANSCRIPT, "done_at": now}
        connection.execute(insert(tables.analyses).values(**analysis))


def _work(services: Services, calls: dict[str, str]) -> None:
    add_delivery(
        services, calls["matched"], "done", "Contact 山田 太郎 is registered.", attempts=("retry", "done"), api_calls=1
    )
    add_delivery(services, calls["unknown"], "skipped", "No record holds this number.", attempts=("skipped",), api_calls=2)
    add_delivery(services, calls["missed"], "retrying", "Salesforce did not answer in time.", attempts=("retry",))
    add_delivery(
        services,
        calls["transferred"],
        "parked",
        "Salesforce refuses our connection. Connect again.",
        parked_for="reauthorise",
    )
    add_delivery(
        services, calls["failed"], "failed", "Salesforce refuses this request.", attempts=("permanent",), api_calls=1
    )
    with services.database.writing() as connection:
        row = {"call_id": calls["matched"], "plugin": "salesforce", "matched_at": services.clock(), "match": MATCH}
        connection.execute(insert(tables.matches).values(**row))


def add_delivery(
    services: Services,
    call_id: str,
    state: str,
    message: str,
    *,
    attempts: tuple[str, ...] = (),
    parked_for: str | None = None,
    api_calls: int = 0,
) -> int:
    """Work of the Salesforce plugin for a call; gives back the delivery's id."""
    now = services.clock()
    with services.database.writing() as connection:
        fact = insert(tables.facts).values(call_id=call_id, hook="on_call_end", detail={}, occurred_at=now)
        fact_id = connection.execute(fact.returning(tables.facts.c.id)).scalar_one()
        values = {
            "fact_id": fact_id,
            "call_id": call_id,
            "plugin": "salesforce",
            "hook": "on_call_end",
            "state": state,
            "parked_for": parked_for,
            "message": storable(message),
            "reason": reason_of(state, parked_for, message),
            "attempts": len(attempts),
            "api_calls": api_calls,
            "due_at": now + timedelta(minutes=4) if state == "retrying" else None,
            "created_at": now,
            "updated_at": now,
        }
        made = insert(tables.deliveries).values(**values).returning(tables.deliveries.c.id)
        delivery_id = int(connection.execute(made).scalar_one())
        for number, result in enumerate(attempts, start=1):
            attempt = {"delivery_id": delivery_id, "number": number, "worker": "w1", "started_at": now, "finished_at": now}
            said = message if number == len(attempts) else "Salesforce did not answer in time."
            connection.execute(
                insert(tables.delivery_attempts).values(**attempt, result=result, message=storable(said), api_calls=0)
            )
    return delivery_id


def change_call(services: Services, call_id: str, **values: Any) -> None:
    """Change a call's row, as an event would."""
    with services.database.writing() as connection:
        changed = update(tables.calls).where(tables.calls.c.id == call_id)
        connection.execute(changed.values(updated_at=services.clock(), **values))


def _candidate(kind: str, key: str, name: str, modified: str, verdict: str, *, chosen: bool = False) -> dict[str, Any]:
    return {
        "record": {"object": kind, "id": key},
        "name": name,
        "company": "株式会社山田製作所",
        "field": "MobilePhone" if kind == "Contact" else "Phone",
        "modified_at": modified,
        "chosen": chosen,
        "verdict": verdict,
        "url": f"https://example.my.salesforce.com/{key}",
    }


MATCH = {
    "record": {"object": "Contact", "id": "003IR00000abc00YAB"},
    "company": "株式会社山田製作所",
    "person": "山田 太郎",
    "url": "https://example.my.salesforce.com/003IR00000abc00YAB",
    "rule": "Two contacts hold this number: the one changed last wins.",
    "tried": ["09012345678", "090-1234-5678", "+81 90-1234-5678", "819012345678"],
    "steps": ["One search over Contact, Account and Lead."],
    "candidates": [
        _candidate("Contact", "003IR00000abc00YAB", "山田 太郎", "2026-11-18T05:12:00+00:00", "Changed last.", chosen=True),
        _candidate("Contact", "003IR00000abc77YAB", "山田 花子", "2025-03-02T01:00:00+00:00", "Changed earlier."),
        _candidate("Lead", "00QIR00000abc88YAB", "山田 太郎", "2026-11-19T01:00:00+00:00", "Contacts come before leads."),
    ],
    "api_calls": 1,
}
