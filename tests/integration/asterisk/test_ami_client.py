"""One AMI connection against small servers of its own: silence, death, TLS, strangers."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from plugins.asterisk import ami_client
from plugins.asterisk.ami_client import Account, AmiConnection, AmiLostError, AmiRefusedError, AmiUnreachableError
from plugins.asterisk.frames import Decoder


@pytest.fixture
def server():
    """Serves each connection by `talk(socket)` on a thread."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(talk, context=None):
        def accept():
            while True:
                try:
                    plain, _ = listening.accept()
                    talk(context.wrap_socket(plain, server_side=True) if context else plain)
                except OSError:
                    if listening.fileno() < 0:
                        return

        threading.Thread(target=accept, daemon=True).start()
        return listening.getsockname()[1]

    yield serve
    listening.close()


def asterisk(seen, *, answers=None, pong=True):
    """Logs everybody in; remembers the actions; stays silent where it has no answer."""

    def talk(connection):
        decoder = Decoder()
        connection.sendall(b"Asterisk Call Manager/11.0.0\r\n")
        while data := connection.recv(4096):
            for action in decoder.feed(data):
                name = action.get("Action")
                seen.append(name)
                response = (answers or {"Login": "Success"}).get(name)
                if response or (pong and name == "Ping"):
                    text = f"Response: {response or 'Success'}\r\nActionID: {action.get('ActionID')}\r\n\r\n"
                    connection.sendall(text.encode())

    return talk


def account(port, **more):
    return Account("127.0.0.1", port, "tsunagu", "hush-hush", **more)


def test_silence_is_no_failure_while_pings_are_answered(server, monkeypatch):
    monkeypatch.setattr(ami_client, "PING_AFTER", 0.05)
    monkeypatch.setattr(ami_client, "DEAD_AFTER", 0.5)
    seen = []
    with AmiConnection(account(server(asterisk(seen))), "call") as connection:
        messages = [m for _ in range(20) for m in connection.read(0.05)]
    assert seen.count("Ping") >= 5
    assert {m.get("Response") for m in messages} == {"Success"}


def test_a_peer_that_answers_no_ping_is_dead(server, monkeypatch):
    monkeypatch.setattr(ami_client, "PING_AFTER", 0.05)
    monkeypatch.setattr(ami_client, "DEAD_AFTER", 0.3)
    seen = []
    with (
        AmiConnection(account(server(asterisk(seen, pong=False))), "call") as connection,
        pytest.raises(AmiLostError, match="has not answered"),
    ):
        for _ in range(50):
            connection.read(0.05)
    assert "Ping" in seen


def test_a_response_is_found_by_its_id_among_events(server):
    def talk(connection):
        decoder = Decoder()
        while data := connection.recv(4096):
            for action in decoder.feed(data):
                ours = f"ActionID: {action.get('ActionID')}\r\n"
                other = "Event: Newchannel\r\n\r\nResponse: Error\r\nActionID: somebody else\r\n\r\n"
                connection.sendall(f"{other}Response: Success\r\n{ours}\r\nEvent: Hangup\r\n\r\n".encode())

    with AmiConnection(account(server(talk)), "call") as connection:
        assert connection.request("Ping").get("Response") == "Success"
        events = [m.event for _ in range(3) for m in connection.read(0.1) if m.event]
    assert events == ["Newchannel", "Hangup"] * 2


def test_a_server_that_is_no_asterisk(server, monkeypatch):
    monkeypatch.setattr(ami_client, "RESPONSE_SECONDS", 0.3)
    with pytest.raises(AmiLostError, match="Is this the port of its Manager Interface"):
        AmiConnection(account(server(lambda c: (c.recv(10_000) and c.sendall(b"SSH-2.0-OpenSSH\r\n")) or c.recv(1))), "call")


def test_a_refused_login_names_the_user_and_not_the_secret(server):
    with pytest.raises(AmiRefusedError, match="“tsunagu”") as refused:
        AmiConnection(account(server(asterisk([], answers={"Login": "Error"}))), "call")
    assert "hush-hush" not in str(refused.value)


def test_nobody_listens(free_port):
    with pytest.raises(AmiUnreachableError, match="cannot be reached"):
        AmiConnection(account(free_port), "call")


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate for 127.0.0.1: its file and a server's TLS context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pbx")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file, key_file = tmp_path / "pbx.pem", tmp_path / "pbx.key"
    file.write_bytes(made.public_bytes(pem))
    key_file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key_file)
    return str(file), context


def test_tls_with_the_pbxs_own_authority(server, certificate):
    file, context = certificate
    port = server(asterisk([]), context)
    with AmiConnection(account(port, tls=True, ca_file=file), "call") as connection:
        assert connection.request("Ping").get("Response") == "Success"
        assert connection.read(0.05) == []


def test_tls_with_an_unknown_certificate_is_refused(server, certificate):
    port = server(asterisk([]), certificate[1])
    with pytest.raises(AmiUnreachableError, match="No TLS connection"):
        AmiConnection(account(port, tls=True), "call")
