"""R30: kill -9 of a worker while it hands a mail over: the next worker sends it, at most once more, with the same id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from host.config import Config
from host.delivery.membership import Membership
from host.mail.administration import save_mail_settings
from host.mail.postman import Postman
from host.services import build_services
from host.storage.alarm_tables import mails
from tests.integration.mail.conftest import SmtpServer, settings_for

PATIENCE = 60.0


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_r30_kill_nine_between_claim_and_sent(database_url: str, smtp: SmtpServer, tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    services = build_services(Config(database_url=database_url, secret_key="s" * 40, encryption_keys=(key,)))
    save_mail_settings(services, settings_for(smtp), "", by="admin")
    environment = {
        **os.environ,
        "TSUNAGU_DATABASE_URL": database_url,
        "TSUNAGU_SECRET_KEY": "s" * 40,
        "TSUNAGU_ENCRYPTION_KEYS": key,
        "TSUNAGU_LEASE_SECONDS": "1",
    }
    taken, killed = threading.Event(), threading.Event()

    def hold() -> None:
        taken.set()
        killed.wait(PATIENCE)

    smtp.on_data = hold
    workers: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        log = (tmp_path / f"worker{len(workers)}.log").open("wb")
        workers.append(
            subprocess.Popen([sys.executable, "-m", "host.cli", "worker"], env=environment, stdout=log, stderr=log)
        )
        return workers[-1]

    try:
        first = start()
        services.registry.context("salesforce").alarms.raise_alarm("connection", "Lost", "Connect again.")
        assert taken.wait(PATIENCE), (tmp_path / "worker0.log").read_text()
        first.send_signal(signal.SIGKILL)
        first.wait()
        smtp.on_data = lambda: None
        killed.set()
        start()

        def sent() -> bool:
            with services.database.reading() as connection:
                return connection.execute(select(mails.c.state)).scalars().all() == ["sent"]

        wait_for(sent, (tmp_path / "worker1.log").read_text() if (tmp_path / "worker1.log").exists() else "")
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
        services.database.engine.dispose()
    assert 1 <= len(smtp.taken) <= 2
    assert len({message["Message-ID"] for message in smtp.taken}) == 1


def test_r30_the_password_is_in_no_log(smtp: SmtpServer, sqlite_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "p4ss-never-logged"
    config = Config(database_url=sqlite_url, secret_key="s" * 40, encryption_keys=(Fernet.generate_key().decode(),))
    services = build_services(config)
    settings = settings_for(smtp)
    settings = replace(settings, server=replace(settings.server, user="tsunagu"))
    save_mail_settings(services, settings, secret, by="admin")
    services.registry.context("salesforce").alarms.raise_alarm("connection", "Lost", "Connect again.")
    Postman(services, Membership(services.database, "w", 15.0)).look()
    services.database.engine.dispose()
    shown = "".join(capfd.readouterr())
    assert "mail not sent" in shown
    assert secret not in shown + repr(settings)
    assert "sato@example.com" not in shown
