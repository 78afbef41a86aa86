"""R13, R33: auth methods of any plugin are found by entry point; a broken one takes no other with it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from host.plugin_api import (
    AuthFeature,
    AuthMethod,
    AuthMethods,
    AuthSite,
    CredentialField,
    FeatureMissing,
    Grant,
    auth_methods,
)

GROUPS = (f"acme{number}.auth" for number in itertools.count())


class Feature(AuthFeature):
    """What Acme's connections may do."""

    MEMOS = "memos", "Memos are written"
    BULK = "bulk", "Everybody is imported", "No: after each call only", "At night."


class Key(AuthMethod):
    """Signs in with a key."""

    name = "key"
    title = "With a key"
    features = frozenset({Feature.MEMOS})
    credentials = (CredentialField(name="key", label="Key", secret=True),)

    def begin(self, site: AuthSite, credentials: dict[str, str]) -> Grant:
        return Grant(access_token=credentials["key"])

    def renew(self, site: AuthSite, kept: dict[str, str]) -> Grant:
        return Grant(access_token=kept["key"])

    def revoke(self, site: AuthSite, kept: dict[str, str], access_token: str) -> None: ...


def made(**changes: object) -> Key:
    return type("Changed", (Key,), changes)()


key = Key()
first = made(name="first", title="Zebra", recommended=True)
renamed = made(name="other")
untitled = made(name="untitled", title="")
loose = made(name="loose", features={Feature.MEMOS})
foreign = made(name="foreign", features=frozenset({"memos"}))
twice = made(name="twice", credentials=(Key.credentials[0], Key.credentials[0]))
unnamed = made(name="unnamed", credentials=(CredentialField(name="my key", label="Key"),))
typed = made(name="typed", credentials=[Key.credentials[0]])
klass = Key


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AuthMethods[AuthMethod]]:
    """Finds methods that a distribution brings: their entry points by name."""

    def install(**points: str) -> AuthMethods[AuthMethod]:
        group = next(GROUPS)
        folder = tmp_path / "acme_auth-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-auth\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in points.items()]
        (folder / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))
        monkeypatch.syspath_prepend(tmp_path)
        return auth_methods(group, AuthMethod)

    return install


def test_r13_methods_are_found_the_recommended_one_first(installed: Callable[..., AuthMethods[AuthMethod]]) -> None:
    found = installed(key=f"{__name__}:key", first=f"{__name__}:first")
    assert [method.name for method in found.usable] == ["first", "key"]
    assert found.broken == ()
    assert found.named("key") is key
    assert found.named("gone") is None


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("gone", f"{__name__}:nothing", "cannot be imported: AttributeError"),
        ("gone", "no.such.module:method", "cannot be imported: ModuleNotFoundError"),
        ("renamed", f"{__name__}:renamed", "must be the same"),
        ("key", f"{__name__}:klass", "does not name an object of host.plugin_api.auth.AuthMethod"),
        ("untitled", f"{__name__}:untitled", "no title"),
        ("loose", f"{__name__}:loose", "frozenset of AuthFeature"),
        ("foreign", f"{__name__}:foreign", "frozenset of AuthFeature"),
        ("twice", f"{__name__}:twice", "must differ"),
        ("unnamed", f"{__name__}:unnamed", "must differ"),
        ("typed", f"{__name__}:typed", "tuple of CredentialField"),
    ],
)
def test_r35_a_broken_method_is_named_with_its_reason_and_takes_no_other_with_it(
    installed: Callable[..., AuthMethods[AuthMethod]], name: str, value: str, reason: str
) -> None:
    found = installed(**{"first": f"{__name__}:first", name: value})
    assert [method.name for method in found.usable] == ["first"]
    (broken,) = found.broken
    assert broken.name == name
    assert reason in broken.reason


def test_r13_a_feature_that_is_not_declared_is_refused() -> None:
    key.require(Feature.MEMOS)
    with pytest.raises(FeatureMissing, match="“With a key” does not offer this: Everybody is imported"):
        key.require(Feature.BULK)
    assert (Feature.BULK.key, Feature.BULK.without, Feature.BULK.note) == ("bulk", "No: after each call only", "At night.")
    assert (Feature.MEMOS.without, Feature.MEMOS.note) == ("No", "")
