#!/usr/bin/env python3
"""Makes Tsunagu's environment in .venv, once, and runs one of its developer commands there.

Standard library only, and readable by an old Python, so that it can say that it is too old.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements" / "dev.txt"
STAMP = VENV / "tsunagu-stamp"
UNDER_WAY = VENV / "tsunagu-being-installed"
NEEDED = (3, 11)
COMMANDS = {
    "run": "start everything with a demo: web, worker, a Salesforce sandbox, a telephone system's recordings",
    "test": "run the whole test suite; further arguments go to pytest",
    "check": "style, types, import rules, translations, migrations, the docs",
    "docs": "build the docs as a site into var/site; --serve shows it",
    "bench": "measure speed beside a baseline: ingest, delivery, apicalls, history, sandbox, bulk, activity",
}


class SetUpFailed(Exception):
    """The environment cannot be made; the message says why and what to do."""


def main(arguments: list[str]) -> NoReturn:
    if sys.version_info < NEEDED:
        give_up(wrong_python())
    if not arguments or arguments[0] not in COMMANDS:
        print(usage())
        sys.exit(0 if arguments[:1] in (["-h"], ["--help"]) else 2)
    try:
        set_up()
    except SetUpFailed as failure:
        give_up(str(failure))
    except KeyboardInterrupt:
        give_up("Stopped. Run the same command again: it begins the set-up anew.")
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", "devtools." + arguments[0], *arguments[1:]])


def usage() -> str:
    lines = "\n".join(f"  {name:<7}{text}" for name, text in COMMANDS.items())
    return "Usage: python3 dev.py COMMAND [ARGUMENTS]\n\n" + lines


def wrong_python() -> str:
    newer = [name for name in ("python3.14", "python3.13", "python3.12", "python3.11") if shutil.which(name)]
    advice = f"Run: {newer[0]} dev.py" if newer else "Install a newer one and run dev.py with it."
    return "Tsunagu needs Python {}.{} or newer; this is {}. {}".format(*NEEDED, sys.version.split()[0], advice)


def set_up() -> None:
    """Make or mend .venv; does nothing when it is as the lock and pyproject.toml say."""
    stamp = expected_stamp()
    if not (STAMP.is_file() and STAMP.read_text() == stamp and PYTHON.exists() and not UNDER_WAY.exists()):
        say("Making the environment in .venv (once; about a minute)")
        if not venv_works():
            make_venv()
        UNDER_WAY.touch()
        install("the locked packages", ["--require-hashes", "-r", str(LOCK)], LOCK.read_text().count("=="))
        install("tsunagu", ["--no-deps", "--no-build-isolation", "-e", str(ROOT)], 1)
        STAMP.write_text(stamp)
        UNDER_WAY.unlink()
        say("The environment is ready")
    compile_translations()


def expected_stamp() -> str:
    digest = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for path in (LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def venv_works() -> bool:
    """Whether .venv holds a Python of this very version (a moved folder or a new system Python breaks it).

    One whose installing was cut off does not count: pip takes a package for installed that has only half its files.
    """
    if not PYTHON.exists() or UNDER_WAY.exists():
        return False
    reply = subprocess.run(
        [str(PYTHON), "-c", "import sys; print(sys.version)"], check=False, capture_output=True, text=True
    )
    return reply.returncode == 0 and reply.stdout.strip() == sys.version.strip()


def make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    problems = []
    for command in venv_makers():
        reply = subprocess.run([*command, str(VENV)], check=False, capture_output=True, text=True)
        if reply.returncode == 0 and pip_command():
            return
        problems.append("{}: {}".format(" ".join(command), last_line(reply)))
        shutil.rmtree(VENV, ignore_errors=True)
    raise SetUpFailed(
        "This Python can neither make a virtual environment nor bring pip into one. On Debian or Ubuntu run:\n"
        "  sudo apt install python3-venv\nand then this command again. What was tried:\n  "
        + "\n  ".join(problems or ["nothing: there is no venv, virtualenv or uv here"])
    )


def venv_makers() -> Iterator[list[str]]:
    """The ways to make a virtual environment that this machine offers, the usual one first."""
    if installed("venv") and installed("ensurepip"):
        yield [sys.executable, "-m", "venv"]
    if installed("virtualenv"):
        yield [sys.executable, "-m", "virtualenv", "-q", "-p", sys.executable]
    if shutil.which("virtualenv"):
        yield ["virtualenv", "-q", "-p", sys.executable]
    if shutil.which("uv"):
        yield ["uv", "venv", "-q", "--seed", "-p", sys.executable]
    if installed("venv"):
        yield [sys.executable, "-m", "venv", "--without-pip"]


def installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def pip_command() -> list[str] | None:
    """What runs pip for .venv: its own pip, else this Python's pip told to work there; None without either."""
    own = [str(PYTHON), "-m", "pip"]
    if subprocess.run([*own, "--version"], check=False, capture_output=True).returncode == 0:
        return own
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)] if installed("pip") else None


def install(what: str, arguments: list[str], total: int) -> None:
    """Run pip, showing how far it is; on failure its last lines, which name what is missing, are the message."""
    command = [*(pip_command() or ()), "install", "--disable-pip-version-check", "--no-input", *arguments]
    tail: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        found = 0
        for line in pip.stdout or ():
            tail = ([*tail, line.rstrip()])[-15:]
            found += line.startswith(("Collecting", "Requirement already", "Obtaining"))
            progress(f"Installing {what}: {min(found, total)} of {total}")
    progress("")
    if pip.returncode != 0:
        raise SetUpFailed("Installing {} did not work. pip said:\n  {}".format(what, "\n  ".join(tail)))


def compile_translations() -> None:
    """Compile every message catalogue that is newer than its compiled form."""
    for source in sorted(ROOT.glob("*/**/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            command = [str(PYTHON), "-m", "babel.messages.frontend", "-q", "compile", "-i", str(source), "-o", str(target)]
            reply = subprocess.run(command, check=False, capture_output=True, text=True)
            if reply.returncode != 0:
                raise SetUpFailed(f"{source} cannot be compiled: {last_line(reply)}")


def last_line(reply: subprocess.CompletedProcess[str]) -> str:
    return (reply.stderr or reply.stdout).strip().rpartition("\n")[2] or f"exit code {reply.returncode}"


def coloured(text: str, code: str) -> str:
    plain = not sys.stderr.isatty() or "NO_COLOR" in os.environ
    return text if plain else f"\033[{code}m{text}\033[0m"


def say(text: str) -> None:
    print(coloured("•", "36"), text, file=sys.stderr, flush=True)


def progress(text: str) -> None:
    """One line that is written over again; silent where it could not be."""
    if sys.stderr.isatty():
        print("\r\033[2K" + coloured(text, "2"), end="", file=sys.stderr, flush=True)


def give_up(text: str) -> NoReturn:
    print(coloured(text, "31"), file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
