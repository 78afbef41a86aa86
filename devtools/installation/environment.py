"""What an installation's processes are told: the environment of web, worker, bridge and sandbox org."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from devtools.installation.ports import HOST
from host.config import Config

SOURCE = "testpbx"
TRUNK = "trunk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One whole installation on this machine; its processes find each other by these ports."""

    folder: Path
    database_url: str
    web_port: int
    secret_key: str
    encryption_key: str
    org_port: int
    org_tls_port: int
    ami_port: int = 5038
    ami_secret: str = ""
    event_secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    poll_seconds: float = 0.1

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.web_port}"

    @property
    def org_url(self) -> str:
        return f"http://{HOST}:{self.org_port}"

    @property
    def org_tls_url(self) -> str:
        return f"https://localhost:{self.org_tls_port}"

    @property
    def org_folder(self) -> Path:
        return self.folder / "org"

    @property
    def ca_file(self) -> Path:
        return self.org_folder / "ca.pem"

    def config(self) -> Config:
        """The same for code that runs in this process."""
        return Config(
            database_url=self.database_url,
            secret_key=self.secret_key,
            encryption_keys=(self.encryption_key,),
            url=self.url,
            poll_seconds=self.poll_seconds,
        )

    def environment(self) -> dict[str, str]:
        """This process's environment, with nothing of Tsunagu in it but what belongs to this installation."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TSUNAGU_")}
        return {
            **inherited,
            "TSUNAGU_DATABASE_URL": self.database_url,
            "TSUNAGU_SECRET_KEY": self.secret_key,
            "TSUNAGU_ENCRYPTION_KEYS": self.encryption_key,
            "TSUNAGU_URL": self.url,
            "TSUNAGU_POLL_SECONDS": str(self.poll_seconds),
            "TSUNAGU_SALESFORCE_LOGIN_URL": self.org_tls_url,
            "TSUNAGU_SALESFORCE_CA_FILE": str(self.ca_file),
            "TSUNAGU_SALESFORCE_CLIENT_ID": self.client_id,
            "TSUNAGU_SALESFORCE_CLIENT_SECRET": self.client_secret,
            "TSUNAGU_ASTERISK_HOST": HOST,
            "TSUNAGU_ASTERISK_PORT": str(self.ami_port),
            "TSUNAGU_ASTERISK_SECRET": self.ami_secret,
            "TSUNAGU_ASTERISK_TRUNKS": TRUNK,
            "TSUNAGU_ASTERISK_SOURCE": SOURCE,
            "TSUNAGU_ASTERISK_OUTBOX": str(self.folder / "outbox.db"),
            "TSUNAGU_SOURCE_SECRET": self.event_secret,
        }
