"""Whether an object that an entry point names keeps the contract of a plugin (R33, R35)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from pluggy import PluginManager, PluginValidationError

import hookspecs
from host.plugin_api import API_VERSION, Manifest
from host.registry.problems import Rejected

HOOKS = tuple(sorted(name for name in dir(hookspecs) if name.startswith("on_")))
ARGUMENTS = frozenset({"context", "event"})
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")

Implementation = Callable[..., object]


def checked(name: str, plugin: object) -> tuple[Manifest, Mapping[str, Implementation]]:
    """The plugin's manifest and its implementation of each hook it has.

    Raises:
        Rejected: it breaks the contract; nothing of it is registered anywhere.
    """
    manifest = _manifest_of(name, plugin)
    _check_markers(plugin)
    implementations = _implementations(plugin)
    for hook, implementation in implementations.items():
        _check_callable(hook, implementation)
    return manifest, implementations


def _manifest_of(name: str, plugin: object) -> Manifest:
    if inspect.isclass(plugin):
        raise Rejected(
            f"The entry point names the class {plugin.__name__}; it has to name an instance: {plugin.__name__}()."
        )
    manifest = getattr(plugin, "manifest", None)
    if not isinstance(manifest, Manifest):
        raise Rejected("It has no manifest: a plugin needs an attribute `manifest` that is a host.plugin_api.Manifest.")
    _check_manifest(name, manifest)
    return manifest


def _check_manifest(name: str, manifest: Manifest) -> None:
    if manifest.name != name:
        raise Rejected(f"Its entry point is called “{name}”, its manifest says “{manifest.name}”; the two must be the same.")
    if not NAME.fullmatch(name):
        raise Rejected(f"“{name}” is no usable name: lower-case letters, digits and underscores, beginning with a letter.")
    if manifest.api != API_VERSION:
        raise Rejected(
            f"It was written for version {manifest.api} of the plugin interface; this host speaks version {API_VERSION}."
            " Install a release of the plugin that fits."
        )
    if not manifest.deadline_seconds > 0 or manifest.concurrency < 1:
        raise Rejected("Its manifest needs deadline_seconds above 0 and a concurrency of at least 1.")


def _check_markers(plugin: object) -> None:
    for attribute in dir(plugin):
        function = _function(plugin, attribute)
        marked = getattr(function, f"{hookspecs.PROJECT}_impl", None)
        if function is not None and attribute in HOOKS and marked is None:
            raise Rejected(f"Its method {attribute} is not marked with @hookimpl and would never be called.")
        if marked:
            _check_options(attribute, marked)


def _function(plugin: object, attribute: str) -> object | None:
    found = inspect.getattr_static(plugin, attribute, None)
    found = found.__func__ if isinstance(found, (staticmethod, classmethod)) else found
    return found if inspect.isroutine(found) else None


def _check_options(attribute: str, options: Mapping[str, Any]) -> None:
    if options.get("specname"):
        raise Rejected(f"Its method {attribute} uses specname; give the method the hook's own name instead.")
    if options.get("wrapper") or options.get("hookwrapper"):
        raise Rejected(f"Its method {attribute} is a wrapper; a plugin cannot wrap the hooks of others.")


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


def _plainly(message: str) -> str:
    unknown_hook = re.search(r"unknown hook '(\w+)'", message)
    if unknown_hook:
        return f"It implements {unknown_hook[1]}, which is no hook. The hooks are {', '.join(HOOKS)}."
    unknown_argument = re.search(r"hook '(\w+)'.*Argument\(s\) (\{.*?\})", message, re.DOTALL)
    if unknown_argument:
        names = ", ".join(sorted(re.findall(r"'(\w+)'", unknown_argument[2])))
        return f"Its {unknown_argument[1]} asks for {names}; a hook is given context and event."
    return f"Its hooks do not fit: {message.splitlines()[-1].strip()}"


def _check_callable(hook: str, implementation: Implementation) -> None:
    if inspect.iscoroutinefunction(implementation) or inspect.isasyncgenfunction(implementation):
        raise Rejected(f"Its {hook} is async; hooks are called in a thread and must be ordinary functions.")
    if inspect.isgeneratorfunction(implementation):
        raise Rejected(f"Its {hook} is a generator; nothing in it would run.")
    for parameter in inspect.signature(implementation).parameters.values():
        _check_parameter(hook, parameter)


def _check_parameter(hook: str, parameter: inspect.Parameter) -> None:
    if parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}:
        return
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise Rejected(f"Its {hook} takes {parameter.name} by position only; arguments are given by name.")
    if parameter.name not in ARGUMENTS and parameter.default is parameter.empty:
        raise Rejected(f"Its {hook} asks for {parameter.name}; a hook is given context and event.")
