"""How a CRM plugin signs in: its auth methods are sub-plugins, which anybody may install beside it (R13, R33).

A plugin names an entry-point group of its own. Each object in it is one method: it declares which features a connection made
with it has (`features`) and what a person types in (`credentials`); pages, buttons and conditions follow from that, never
from its name. A method keeps nothing itself: what it must remember it hands back in `Grant.kept` or `SignIn.pending`, which
is stored sealed.

A method raises the errors of `host.plugin_api`: `RetryLater` (network, limits), `NeedsReauthorisation` (the CRM refuses the
credentials), `NeedsConfiguration` (something is not set up). Admins read the messages. What `requests` raises counts as
`RetryLater`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

import requests

from host.plugin_api.results import NeedsConfiguration
from host.sentences import Sentence


class AuthFeature(Enum):
    """What a connection may do. A plugin lists its own in a subclass, one line for each.

    A member is its key, a title, what the table of differences says where a method does not declare it, and a note:
    `IMPORT = "import", "Everybody is imported every night", "No: after each call only"`. English, marked for the catalogue
    of the plugin.
    """

    def __init__(self, key: str, title: str, without: str = "No", note: str = "") -> None:
        self.key = key
        self.title = title
        self.without = without
        self.note = note


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """One thing a person types in to connect.

    `autocomplete` is the HTML attribute, `help` a sentence below the box, `longest` the most characters it takes. It is one
    line: what had several arrives without its line breaks.
    """

    name: str
    label: str
    secret: bool = False
    required: bool = True
    autocomplete: str = "off"
    help: str = ""
    longest: int = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSite:
    """What a method needs to know of this installation.

    Args:
        callback_url: where the CRM sends the browser back to; exactly as it must be registered there.
        settings: the plugin's settings with the secret ones, as its schema loaded them.
        http: a session with time-outs; use no other way out.
    """

    callback_url: str
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    http: requests.Session = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A connection that stands.

    Args:
        access_token: what requests are signed with.
        account: whom it acts as, for people: "ann@acme.example". A connection is only ever renewed as the same one.
        kept: what `renew` and `revoke` need later; replaces what was kept before.
    """

    access_token: str = field(repr=False)
    account: str = ""
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The browser must go to `url`. `state` comes back with it, once; `pending` is kept on the server until then."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    pending: Mapping[str, str] = field(default_factory=dict, repr=False)


class FeatureMissing(NeedsConfiguration):
    """The auth method in use does not declare what was asked for."""


AnySite = TypeVar("AnySite")
AnyGrant = TypeVar("AnyGrant")


class AuthMethodBase(ABC, Generic[AnySite, AnyGrant]):
    """One way to sign in, for a plugin that has its own kind of site and grant; else see `AuthMethod`.

    `name` is the entry point's name; `title` and `description` are English text, translated by the catalogue of the plugin
    that shows them. `recommended`: offered first. `notice`: what an admin must know who uses this method, such as its end.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str] = ""
    recommended: ClassVar[bool] = False
    notice: ClassVar[str] = ""
    features: ClassVar[frozenset[Any]]
    credentials: ClassVar[tuple[CredentialField, ...]] = ()

    def declares(self, feature: AuthFeature) -> bool:
        return feature in self.features

    def require(self, feature: AuthFeature) -> None:
        """Raise `FeatureMissing` unless this method declares the feature."""
        if feature not in self.features:
            title, asked = Sentence(self.title), Sentence(feature.title)
            raise FeatureMissing(Sentence("“%(method)s” does not offer this: %(feature)s.", method=title, feature=asked))

    @abstractmethod
    def begin(self, site: AnySite, credentials: Mapping[str, str]) -> SignIn | AnyGrant:
        """Start connecting: either the browser must sign in at the CRM, or the connection stands at once."""

    def complete(self, site: AnySite, pending: Mapping[str, str], reply: Mapping[str, str]) -> AnyGrant:
        """The browser came back with `reply` (the query of the callback); its state was already found to be right."""
        raise NotImplementedError(f"{self.name} signs in without the browser")

    @abstractmethod
    def renew(self, site: AnySite, kept: Mapping[str, str]) -> AnyGrant:
        """A fresh access token. Never called by two processes at once; the result is stored before it is used."""

    @abstractmethod
    def revoke(self, site: AnySite, kept: Mapping[str, str], access_token: str) -> None:
        """End the connection at the CRM, as far as this method may. One that is gone already is a success."""


class AuthMethod(AuthMethodBase[AuthSite, Grant]):
    """One way to sign in to the CRM of a plugin whose manifest has an `auth_group`: the host draws the page to connect."""

    def signed(self, access_token: str) -> Mapping[str, str]:
        """The headers by which the CRM knows the connection, for `context.crm`; a bearer token by default."""
        return {"Authorization": f"Bearer {access_token}"}
