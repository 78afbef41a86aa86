"""The names an org is reached under: its own, and the two that many orgs share.

Locally the shared ones are ``login.localhost`` (production) and ``test.localhost`` (sandbox orgs); every other name
is the org's own, its My Domain.
"""

from __future__ import annotations

from salesforce_sandbox.org import Org

SHARED = ("login", "test")


def shared_host(host: str) -> str | None:
    """Return ``login`` or ``test`` for the shared names, None for the org's own."""
    first, dot, _ = host.lower().partition(".")
    return first if dot and first in SHARED else None


def serves(org: Org, host: str) -> bool:
    """Tell whether users of this org may log in under a host name.

    A sandbox org's users are unknown at ``login``, a production org's at ``test``; an org may insist on its own name.
    """
    shared = shared_host(host)
    if shared is None:
        return True
    return not org.settings.my_domain_only and shared == ("test" if org.is_sandbox else "login")


def audiences(org: Org) -> set[str]:
    """Return what an assertion may name as its audience (documented: the two shared hosts or the org's own)."""
    own = {org.http_url, org.https_url}
    local = {url.replace("//localhost", f"//{name}.localhost") for url in own for name in SHARED}
    shared = "https://test.salesforce.com" if org.is_sandbox else "https://login.salesforce.com"
    return {url.rstrip("/") for url in own | local | {shared} if url}
