"""Whether an object that an entry point names keeps the contract of a plugin (R33, R35)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from pluggy import PluginManager, PluginValidationError

import hookspecs
from host.plugin_api import API_MINOR, API_VERSION, Manifest
from host.registry.job_checks import check_jobs
from host.registry.offer_checks import check_offer
from host.registry.problems import Rejected
from host.scheduling.declared import HOST
from host.sentences import Sentence

HOOKS = tuple(sorted(name for name in dir(hookspecs) if name.startswith("on_")))
ARGUMENTS = frozenset({"context", "event"})
ASKS_FOR_MORE = Sentence("Its %(hook)s asks for %(names)s; a hook is given context and event.").template
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

Implementation = Callable[..., object]


def checked(name: str, plugin: object) -> tuple[Manifest, Mapping[str, Implementation]]:
    """The plugin's manifest and its implementation of each hook it has.

    Raises:
        Rejected: it breaks the contract; nothing of it is registered anywhere.
    """
    return manifest_of(name, plugin), implementations_of(plugin)


def manifest_of(name: str, plugin: object) -> Manifest:
    """The manifest of the plugin whose entry point has this name.

    Raises:
        Rejected: it has none, or one that does not hold.
    """
    if inspect.isclass(plugin):
        raise Rejected(
            Sentence(
                "The entry point names the class %(name)s; it has to name an instance: %(name)s().", name=plugin.__name__
            )
        )
    manifest = getattr(plugin, "manifest", None)
    if not isinstance(manifest, Manifest):
        raise Rejected(
            Sentence("It has no manifest: a plugin needs an attribute `manifest` that is a host.plugin_api.Manifest.")
        )
    _check_manifest(name, manifest)
    return manifest


def _check_manifest(name: str, manifest: Manifest) -> None:
    if manifest.name != name:
        raise Rejected(
            Sentence(
                "Its entry point is called “%(name)s”, its manifest says “%(other)s”; the two must be the same.",
                name=name,
                other=manifest.name,
            )
        )
    if not NAME.fullmatch(name) or name == HOST:
        raise Rejected(
            Sentence(
                "“%(name)s” is no usable name: lower-case letters, digits and underscores, beginning with a letter.",
                name=name,
            )
        )
    _check_version(manifest)
    if not manifest.deadline_seconds > 0 or manifest.concurrency < 1:
        raise Rejected(Sentence("Its manifest needs deadline_seconds above 0 and a concurrency of at least 1."))
    if manifest.announce is not None and not _is_function_of_two(manifest.announce):
        raise Rejected(Sentence("Its manifest's announce must be an ordinary function of two arguments, context and call."))
    check_jobs(manifest.jobs)
    check_offer(manifest)


def implementations_of(plugin: object) -> Mapping[str, Implementation]:
    """The plugin's implementation of each hook it has.

    Raises:
        Rejected: one of them can or would never be called.
    """
    _check_markers(plugin)
    implementations = _implementations(plugin)
    for hook, implementation in implementations.items():
        _check_callable(hook, implementation)
    return implementations


def _is_function_of_two(announce: object) -> bool:
    if not callable(announce) or inspect.iscoroutinefunction(announce) or inspect.isgeneratorfunction(announce):
        return False
    try:
        inspect.signature(announce).bind("context", "call")
    except (TypeError, ValueError):
        return False
    return True


def _check_version(manifest: Manifest) -> None:
    if manifest.api != API_VERSION:
        raise Rejected(
            Sentence(
                "It was written for version %(version)s of the plugin interface; this host speaks version %(ours)s. "
                "Install a release of the plugin that fits.",
                version=manifest.api,
                ours=API_VERSION,
            )
        )
    if manifest.api_minor > API_MINOR:
        raise Rejected(
            Sentence(
                "It needs version %(version)s of the plugin interface; this host speaks version %(ours)s. "
                "Install a newer release of Tsunagu.",
                version=f"{manifest.api}.{manifest.api_minor}",
                ours=f"{API_VERSION}.{API_MINOR}",
            )
        )


def _check_markers(plugin: object) -> None:
    for attribute in dir(plugin):
        function = _function(plugin, attribute)
        marked = getattr(function, f"{hookspecs.PROJECT}_impl", None)
        if function is not None and attribute in HOOKS and marked is None:
            raise Rejected(
                Sentence("Its method %(name)s is not marked with @hookimpl and would never be called.", name=attribute)
            )
        if marked:
            _check_options(attribute, marked)


def _function(plugin: object, attribute: str) -> object | None:
    found = inspect.getattr_static(plugin, attribute, None)
    found = found.__func__ if isinstance(found, (staticmethod, classmethod)) else found
    return found if inspect.isroutine(found) else None


def _check_options(attribute: str, options: Mapping[str, Any]) -> None:
    if options.get("specname"):
        raise Rejected(
            Sentence("Its method %(name)s uses specname; give the method the hook's own name instead.", name=attribute)
        )
    if options.get("wrapper") or options.get("hookwrapper"):
        raise Rejected(
            Sentence("Its method %(name)s is a wrapper; a plugin cannot wrap the hooks of others.", name=attribute)
        )


def _implementations(plugin: object) -> dict[str, Implementation]:
    manager = PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin)
        manager.check_pending()
    except PluginValidationError as error:
        raise Rejected(_plainly(str(error))) from error
    found = {hook: getattr(manager.hook, hook).get_hookimpls() for hook in HOOKS}
    return {hook: impls[0].function for hook, impls in found.items() if impls}


def _plainly(message: str) -> Sentence:
    unknown_hook = re.search(r"unknown hook '(\w+)'", message)
    if unknown_hook:
        return Sentence(
            "It implements %(name)s, which is no hook. The hooks are %(hooks)s.", name=unknown_hook[1], hooks=HOOKS
        )
    unknown_argument = re.search(r"hook '(\w+)'.*Argument\(s\) (\{.*?\})", message, re.DOTALL)
    if unknown_argument:
        names = sorted(re.findall(r"'(\w+)'", unknown_argument[2]))
        return Sentence(ASKS_FOR_MORE, hook=unknown_argument[1], names=names)
    return Sentence("Its hooks do not fit: %(reason)s", reason=message.splitlines()[-1].strip())


def _check_callable(hook: str, implementation: Implementation) -> None:
    if inspect.iscoroutinefunction(implementation) or inspect.isasyncgenfunction(implementation):
        raise Rejected(
            Sentence("Its %(hook)s is async; hooks are called in a thread and must be ordinary functions.", hook=hook)
        )
    if inspect.isgeneratorfunction(implementation):
        raise Rejected(Sentence("Its %(hook)s is a generator; nothing in it would run.", hook=hook))
    for parameter in inspect.signature(implementation).parameters.values():
        _check_parameter(hook, parameter)


def _check_parameter(hook: str, parameter: inspect.Parameter) -> None:
    if parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}:
        return
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise Rejected(
            Sentence(
                "Its %(hook)s takes %(name)s by position only; arguments are given by name.", hook=hook, name=parameter.name
            )
        )
    if parameter.name not in ARGUMENTS and parameter.default is parameter.empty:
        raise Rejected(Sentence(ASKS_FOR_MORE, hook=hook, names=parameter.name))
