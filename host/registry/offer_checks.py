"""Whether what a manifest offers beside hooks can be used: settings, auth methods, health checks, counters (R35)."""

from __future__ import annotations

import inspect
import re
from collections import Counter as Tally
from collections.abc import Sequence

from marshmallow import Schema

from host.plugin_api import AuthFeature, Counter, HealthCheck, Manifest
from host.plugin_settings.fields import SchemaUnusable, fields_of
from host.registry.problems import Rejected
from host.sentences import Sentence

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
MOST_LABELS = 3
GROUP = re.compile(r"[\w.]{1,100}")


def check_offer(manifest: Manifest) -> None:
    """Raise `Rejected` if something of it cannot be used."""
    _check_settings(manifest.settings)
    if not isinstance(manifest.auth_group, str) or (manifest.auth_group and not GROUP.fullmatch(manifest.auth_group)):
        raise Rejected(Sentence("Its manifest's auth_group is no name of an entry-point group."))
    if manifest.features is not None and not _is_kind(manifest.features, AuthFeature):
        raise Rejected(Sentence("Its manifest's features must be a subclass of host.plugin_api.AuthFeature."))
    _check_named(manifest.health, HealthCheck, "health")
    _check_named(manifest.counters, Counter, "counters")
    for check in manifest.health:
        if not callable(check.run) or inspect.iscoroutinefunction(check.run) or inspect.isgeneratorfunction(check.run):
            raise Rejected(
                Sentence("Its health check %(name)s needs an ordinary function of context in run.", name=check.name)
            )
    for counter in manifest.counters:
        if len(counter.labels) > MOST_LABELS or not all(
            isinstance(label, str) and NAME.fullmatch(label) for label in counter.labels
        ):
            raise Rejected(
                Sentence("Its counter %(name)s has more than 3 labels, or one that is no usable name.", name=counter.name)
            )


def _check_settings(schema: object) -> None:
    if schema is None:
        return
    if not _is_kind(schema, Schema):
        raise Rejected(Sentence("Its manifest's settings must be a marshmallow Schema, the class itself."))
    try:
        fields_of(schema)  # type: ignore[arg-type] # it is a class of Schema
    except SchemaUnusable as unusable:
        raise Rejected(unusable.sentence) from None
    except Exception as error:
        kind = type(error).__name__
        raise Rejected(Sentence("The schema of its settings cannot be made: %(kind)s.", kind=kind)) from error


def _check_named(declared: Sequence[object], kind: type[HealthCheck | Counter], where: str) -> None:
    named = [one for one in declared if isinstance(one, kind)]
    if len(named) < len(declared):
        raise Rejected(
            Sentence("Its manifest's %(where)s holds something that is no %(kind)s.", where=where, kind=kind.__name__)
        )
    tally = Tally(one.name for one in named)
    wrong = [name for name, count in tally.items() if count > 1 or not isinstance(name, str) or not NAME.fullmatch(name)]
    if wrong:
        raise Rejected(
            Sentence(
                "In its manifest's %(where)s the name “%(name)s” is used twice or is no usable one.",
                where=where,
                name=wrong[0],
            )
        )


def _is_kind(one: object, kind: type) -> bool:
    return inspect.isclass(one) and issubclass(one, kind)
