"""Starting, stopping and starting again: the command, TLS and what survives."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from salesforce_sandbox.server import RunningSandbox, start
from tests.integration.sandbox.dance import Dance


def test_data_tokens_and_certificates_survive_a_restart(tmp_path: Path) -> None:
    first = start("demo", tmp_path)
    granted = Dance(first.http_url).connect()
    made = requests.post(
        f"{first.http_url}/__sandbox__/records", json={"object": "Contact", "fields": {"LastName": "stays"}}, timeout=20
    ).json()["ids"][0]
    requests.post(
        f"{first.http_url}/__sandbox__/fields", json={"object": "Lead", "name": "Kept__c", "type": "phone"}, timeout=20
    )
    requests.post(f"{first.http_url}/__sandbox__/settings", json={"daily_limit": 77}, timeout=20)
    authority = first.ca_file.read_bytes()
    first.stop()
    second = start("demo", tmp_path)
    try:
        assert second.ca_file.read_bytes() == authority
        headers = {"Authorization": f"Bearer {granted['access_token']}"}
        query = {"q": f"SELECT LastName FROM Contact WHERE Id = '{made}'"}
        reply = requests.get(f"{second.http_url}/services/data/v51.0/query", params=query, headers=headers, timeout=20)
        assert reply.json()["records"][0]["LastName"] == "stays"
        assert reply.headers["Sforce-Limit-Info"].endswith("/77")
        described = requests.get(
            f"{second.http_url}/services/data/v51.0/sobjects/Lead/describe", headers=headers, timeout=20
        )
        assert "Kept__c" in {f["name"] for f in described.json()["fields"]}
        assert Dance(second.http_url).refresh(granted["refresh_token"]).status_code == 200
    finally:
        second.stop()


def test_the_command_prints_where_it_is_and_ends_on_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "salesforce_sandbox", "--seed", "empty", "--data-dir", str(tmp_path)]
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=os.environ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().split() for _ in range(3)]
        assert [line[:2] for line in said] == [["sandbox", "http"], ["sandbox", "https"], ["sandbox", "ca"]]
        with requests.Session() as session:
            session.trust_env = False
            reply = session.get(f"{said[1][2]}/services/data/", verify=said[2][2], timeout=20)
        assert reply.status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_taken_port_is_said(sandbox: RunningSandbox) -> None:
    port = sandbox.http_url.rpartition(":")[2]
    command = [sys.executable, "-m", "salesforce_sandbox", "--port", port]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=60, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_without_its_own_package_it_says_what_to_install() -> None:
    root = Path(__file__).resolve().parents[3]
    script = "import sys; sys.modules['lark'] = None; from salesforce_sandbox.cli import sandbox; sandbox([])"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=60, check=False)
    said = (
        "Error: The sandbox needs the package lark, which is not installed. Install it with: pip install 'tsunagu[sandbox]'"
    )
    assert (done.returncode, done.stderr.strip()) == (1, said)


def test_a_silent_client_does_not_stop_the_others(sandbox: RunningSandbox) -> None:
    port = int(sandbox.https_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)), requests.Session() as session:
        session.trust_env = False
        reply = session.get(f"{sandbox.https_url}/services/data/", verify=str(sandbox.ca_file), timeout=5)
    assert reply.status_code == 200


def test_a_connection_is_kept_and_ends_with_the_server(tmp_path: Path) -> None:
    running = start("empty", tmp_path)
    with requests.Session() as session:
        session.trust_env = False
        url = f"{running.https_url}/services/data/"
        with socket.create_connection(("127.0.0.1", int(running.http_url.rpartition(":")[2])), 10) as raw:
            for _ in range(2):
                raw.sendall(b"GET /services/data/ HTTP/1.1\r\nHost: x\r\n\r\n")
                head = raw.recv(65_536)
                assert head.startswith(b"HTTP/1.1 200 ")
                while not head.endswith(b"]"):
                    head += raw.recv(65_536)
        assert session.get(url, verify=str(running.ca_file), timeout=10).status_code == 200
        running.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(url, verify=str(running.ca_file), timeout=10)


def test_bodies_without_length_in_pieces_and_too_large(sandbox: RunningSandbox) -> None:
    token = Dance(sandbox.http_url).connect()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{sandbox.http_url}/services/data/v51.0/sobjects/Contact"
    pieces = iter([b'{"Last', b'Name": "x"}'])
    assert requests.post(url, data=pieces, headers=headers, timeout=20).status_code == 201
    with socket.create_connection(("127.0.0.1", int(sandbox.http_url.rpartition(":")[2])), 10) as raw:
        raw.sendall(b"POST /services/data/v51.0/query HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_link_to_a_record_shows_it(sandbox: RunningSandbox) -> None:
    page = requests.get(f"{sandbox.http_url}/lightning/r/Contact/003TS0000000001YAA/view", timeout=20)
    assert page.status_code == 200
    assert "山田 太郎" in page.text
    assert "090-1234-5678" in page.text
    assert requests.get(f"{sandbox.http_url}/003TS0000000ZZZ", timeout=20).status_code == 404
    assert requests.get(f"{sandbox.http_url}/not-an-id-at-all-x", timeout=20).status_code == 404
