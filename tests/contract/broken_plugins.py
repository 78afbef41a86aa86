"""Plugins that break the contract in every way we know, each written as a module of its own."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

HEAD = """
import os, sys, threading, time
from host.plugin_api import *
from hookspecs import hookimpl

"""


def plugin_class(name: str, body: str, **manifest: object) -> str:
    """The source of a plugin with this body."""
    fields = {"name": name, "title": name, "version": "1", **manifest}
    arguments = ", ".join(f"{field}={value!r}" for field, value in fields.items())
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return f"{HEAD}class Plugin:\n    manifest = Manifest({arguments})\n{lines}\n\nplugin = Plugin()\n"


def hook(body: str, arguments: str = "self, context, event", name: str = "on_call_end") -> str:
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return f"@hookimpl\ndef {name}({arguments}):\n{lines}\n"


# name → source, words of the reason
UNLOADABLE: dict[str, tuple[str, str]] = {
    "raises_on_import": ("raise RuntimeError('secret-token')", "fails while it is imported: RuntimeError"),
    "exits_on_import": ("import sys; sys.exit(3)", "SystemExit"),
    "syntax_error": ("def broken(:", "SyntaxError"),
    "no_plugin": ("", "AttributeError"),
    "no_manifest": ("plugin = object()", "no manifest"),
    "a_class": (plugin_class("a_class", hook("pass")).replace("plugin = Plugin()", "plugin = Plugin"), "names the class"),
    "other_name": (plugin_class("another", hook("pass")), "the two must be the same"),
    "wrong_api": (plugin_class("wrong_api", hook("pass"), api=2), "version 2 of the plugin interface"),
    "misspelled": (plugin_class("misspelled", hook("pass", name="on_call_ended")), "on_call_ended, which is no hook"),
    "unmarked": (plugin_class("unmarked", "def on_call_end(self, event): pass"), "not marked with @hookimpl"),
    "async_hook": (plugin_class("async_hook", hook("pass").replace("def ", "async def ")), "is async"),
    "generator": (plugin_class("generator", hook("yield")), "is a generator"),
    "unknown_argument": (plugin_class("unknown_argument", hook("pass", "self, event, salesforce")), "asks for salesforce"),
    "keyword_argument": (plugin_class("keyword_argument", hook("pass", "self, *, event, crm")), "asks for crm"),
    "wrapper": (plugin_class("wrapper", hook("yield").replace("@hookimpl", "@hookimpl(wrapper=True)")), "is a wrapper"),
    "specname": (
        plugin_class("specname", hook("pass", name="mine").replace("@hookimpl", "@hookimpl(specname='on_call_end')")),
        "uses specname",
    ),
    "no_time": (plugin_class("no_time", hook("pass"), deadline_seconds=0), "deadline_seconds above 0"),
}

# name → source, the result of an attempt, words of its message
MISBEHAVING: dict[str, tuple[str, str, str]] = {
    "raises": (plugin_class("raises", hook("raise ValueError('+819012345678')")), "bug", "ValueError at"),
    "exits": (plugin_class("exits", hook("sys.exit(1)")), "bug", "SystemExit"),
    "interrupts": (plugin_class("interrupts", hook("raise KeyboardInterrupt")), "bug", "KeyboardInterrupt"),
    "own_base": (plugin_class("own_base", hook("class E(BaseException): pass\nraise E")), "bug", "E at"),
    "returns_junk": (plugin_class("returns_junk", hook("return {'done': True}")), "bug", "returned dict"),
    "junk_match": (plugin_class("junk_match", hook("return Done(match='Contact')")), "bug", "a match that is no Match"),
    "junk_count": (plugin_class("junk_count", hook("return Done(api_calls='many')")), "bug", "ValueError"),
    "half_error": (
        plugin_class("half_error", hook("class E(RetryLater):\n    def __init__(self): pass\nraise E")),
        "bug",
        "AttributeError",
    ),
    "recurses": (plugin_class("recurses", hook("return self.on_call_end(context, event)")), "bug", "RecursionError"),
    "hangs": (plugin_class("hangs", hook("time.sleep(30)"), deadline_seconds=0.1), "retry", "did not finish within 0.1"),
    "odd_text": (plugin_class("odd_text", hook(r"return Done(summary='a\0b\ud800')")), "done", "ab?"),
}


def write(folder: Path, name: str, source: str) -> EntryPoint:
    """Write the module and give back its entry point; the folder has to be on `sys.path`."""
    (folder / f"broken_{name}.py").write_text(source)
    return EntryPoint(name, f"broken_{name}:plugin", "tsunagu.plugins")
