"""Reads a tutorial as a person would: writes its files, types its commands, compares the answers, uses the browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sysconfig
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests

PATIENCE = 90
"""Seconds that an answer may take which depends on other processes."""
STEP = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$|^<!-- (?P<told>[^\n]*) -->$", re.MULTILINE | re.DOTALL)
WAITS = re.compile(r"python phone\.py show|curl ")
"""Commands that only look: they are repeated until the answer is right."""


@dataclass(frozen=True, slots=True)
class Step:
    """`kind` is a block's language, or "told" for a comment; `title` what a block is called."""

    kind: str
    title: str
    body: str


def steps(page: str) -> Iterator[Step]:
    for found in STEP.finditer(page):
        info = re.fullmatch(r'(\w+)(?: title="([^"]*)")?', found["info"] or "told")
        assert info, f"a block that no reader knows what to do with: {found['info']}"
        yield Step(info[1], info[2] or "", found["body"] or found["told"])


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block with its answer; lines that begin with `>` go on with the command."""
    for typed in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, *rest = typed.splitlines()
        more = [line for line in rest if line.startswith("> ")]
        yield "\n".join([command, *(line[2:] for line in more)]), "\n".join(line for line in rest if line not in more)


def fits(expected: str, answer: str) -> bool:
    """Whether the answer is the expected one, word by word; the word … stands for any words."""
    pattern = "".join(r"(?:\S+ )*" if word == "…" else f"{re.escape(word)} " for word in expected.split())
    return re.fullmatch(pattern, "".join(f"{word} " for word in answer.split())) is not None


@dataclass
class Reader:
    """A person with an empty folder and Tsunagu's environment. `ports` are those of the page by those of this machine."""

    folder: Path
    ports: dict[str, int]
    terminals: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = _environment(self.folder / ".environment", self.folder)

    def follow(self, page: str) -> None:
        for port, own in self.ports.items():
            page = page.replace(port, str(own))
        for step in steps(page):
            self._do(step)

    def leave(self) -> None:
        for title in list(self.terminals):
            self._end(title)

    def _do(self, step: Step) -> None:
        if step.kind == "told":
            self._told(step.body)
        elif step.kind == "console" and step.title:
            self._start(step.title.removeprefix("terminal: "), next(commands(step.body))[0])
        elif step.kind == "console":
            for command, expected in commands(step.body):
                self._type(command, expected)
        else:
            assert step.title, f"a file without a name:\n{step.body}"
            path = self.folder / step.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.body, encoding="utf-8")

    def _type(self, command: str, expected: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not fits(expected, answer := self._answer(command)):
            again = WAITS.match(command) and time.monotonic() < deadline
            assert again, f"$ {command}\nshould answer:\n{expected}\nbut answered:\n{answer}\n{self._heard()}"
            time.sleep(0.5)

    def _answer(self, command: str) -> str:
        """What is printed. What a command exports is there for the next one."""
        shell = f"touch .exports; . ./.exports; {command}\nstatus=$?; export -p > .exports; exit $status"
        reply = subprocess.run(
            ["bash", "-c", shell],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        assert reply.returncode == 0, f"$ {command}\n{reply.stdout}\n{self._heard()}"
        return reply.stdout

    def _heard(self) -> str:
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in self.folder.glob("*.heard"))

    def _start(self, title: str, command: str) -> None:
        self._end(title)
        with (self.folder / f"{title.replace(' ', '-')}.heard").open("ab") as heard:
            self.terminals[title] = subprocess.Popen(
                ["bash", "-c", f"touch .exports; . ./.exports; exec {command}"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=heard,
                stderr=heard,
            )
        if title == "the CRM" or "--port" in command:
            self._until_it_listens(self.ports["8090" if title == "the CRM" else "8000"])

    def _until_it_listens(self, port: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert time.monotonic() < deadline, f"nothing listens\n{self._heard()}"
            time.sleep(0.1)

    def _end(self, title: str) -> None:
        if process := self.terminals.pop(title, None):
            process.send_signal(signal.SIGINT if title == "the CRM" else signal.SIGTERM)
            process.wait(60)

    def _told(self, words: str) -> None:
        what, _, rest = words.partition(": ")
        if what == "end":
            self._end(rest)
            return
        assert what == "in the browser", words
        path, *form = rest.split(" ")
        self._send_form(path, dict(entry.split("=", 1) for entry in form))

    def _send_form(self, path: str, form: dict[str, str]) -> None:
        site = f"http://127.0.0.1:{self.ports['8000']}"
        page = f"{site}/settings/plugins/beacon"
        with requests.Session() as browser:
            login = {"email": "you@example.com", "password": "only for the tutorial"}
            browser.post(f"{site}/login", {"csrf_token": _token(browser, f"{site}/login"), **login}, timeout=30)
            sent = {"csrf_token": _token(browser, page), **form}
            answer = browser.post(page + path, sent, timeout=30, allow_redirects=False)
        assert answer.status_code == 303, answer.text


def _token(browser: requests.Session, page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(page, timeout=30).text)
    assert found, f"{page} holds no form"
    return found[1]


def _environment(folder: Path, home: Path) -> dict[str, str]:
    """The variables of an environment that has what this one has, and into which more can be installed."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "tsunagu.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    for name, module in (("tsunagu", "host.cli"), ("pip", "pip"), ("pybabel", "babel.messages.frontend")):
        script = folder / "bin" / name
        script.write_text(f"#!{folder}/bin/python\nimport sys\nfrom {_entry(module)} import main\nsys.exit(main())\n")
        script.chmod(0o755)
    return {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "false",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
        "VIRTUAL_ENV": str(folder),
    }


def _entry(module: str) -> str:
    return "pip._internal.cli.main" if module == "pip" else module
