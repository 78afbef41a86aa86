"""The sandbox org, for clients nobody here wrote."""

from tests.sandbox_fixture import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server"]
