"""Real processes: the replay server as the PBX, the bridge; and a small HTTP receiver in the host's place."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks import Webhook

ROOT = Path(__file__).parents[3]
RECORDINGS = ROOT / "tests" / "data" / "ami"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
AMI_SECRET = "replayed"
COMMAND = "from plugins.asterisk.cli import {0}; {0}()"


def until(condition, seconds=20.0):
    """Polls until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


class Receiver:
    """Verifies every request as the host does. `answers` are (status, headers) given before the usual 202."""

    def __init__(self, port=0):
        self.posts = []  # every attempt: (webhook-id, status given, event)
        self.answers = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                assert self.path == "/api/v1/telephony/events"
                event = Webhook(SECRET).verify(body, dict(self.headers))
                status, headers = receiver.answers.pop(0) if receiver.answers else (202, {})
                receiver.posts.append((self.headers["webhook-id"], status, event))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def taken(self, type_=None):
        return [e for _, status, e in list(self.posts) if status < 300 and (type_ is None or e["type"] == type_)]

    def ended(self):
        return [event["data"]["call"] for event in self.taken("call.ended")]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Processes:
    """Starts the two commands; their output goes to files under `folder`."""

    def __init__(self, folder):
        self.folder, self.running = folder, []
        self.env = {**os.environ, "TSUNAGU_ASTERISK_SECRET": AMI_SECRET, "TSUNAGU_SOURCE_SECRET": SECRET}

    def start(self, name, *arguments):
        log = self.folder / f"{name}-{len(self.running)}.log"
        command = [sys.executable, "-c", COMMAND.format(name), *map(str, arguments)]
        with log.open("w") as file:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=file, stderr=file)
        process.log = log
        self.running.append(process)
        return process

    def pbx(self, *only, port=0, speed=30, **options):
        arguments = [RECORDINGS, "--port", port, "--speed", speed, "--gap", options.pop("gap", 0.02)]
        for scenario in only:
            arguments += ["--only", scenario]
        for name, value in options.items():
            arguments += [f"--{name}", value]
        process = self.start("replay_ami", *arguments)
        process.port = int(until(lambda: re.search(r"Asterisk at 127.0.0.1:(\d+)", process.log.read_text()))[1])
        return process

    def bridge(self, pbx_port, host_port, *more):
        return self.start(
            "bridge", "asterisk", "--port", pbx_port, "--url", f"http://127.0.0.1:{host_port}", "--source", "testpbx",
            "--trunks", "trunk", "--outbox", self.folder / "outbox.db", *more,
        )  # fmt: skip

    def close(self):
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def processes(tmp_path):
    started = Processes(tmp_path)
    yield started
    started.close()


@pytest.fixture
def receiver():
    started = Receiver()
    yield started
    started.close()


@pytest.fixture
def receiver_at():
    """Starts a receiver on a given port."""
    started = []

    def start(port):
        started.append(Receiver(port))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def scenarios():
    return sorted(path.name for path in RECORDINGS.iterdir())


@pytest.fixture
def wait_until():
    return until


@pytest.fixture
def free_port():
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def dumped():
    return lambda value: json.dumps(value, sort_keys=True)
