"""Whether what a plugin brings for the web stays at its own addresses: nothing of it may act on the host's pages (R35)."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Flask

from host.sentences import Sentence


class ReachesTooFar(Exception):
    """The blueprint would change other pages than its own; `sentence` says how."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def check_reach(blueprint: Blueprint, name: str, prefix: str) -> None:
    """Register it with an empty application for a try.

    Raises:
        ReachesTooFar: it brings more than routes below `prefix`.
    """
    bare, tried = Flask(__name__), Flask(__name__)
    tried.register_blueprint(blueprint, name=name, url_prefix=prefix)
    too_far = [*_functions_for_all(bare, tried), *_template_parts(bare, tried), *_addresses(tried, prefix)]
    if too_far:
        raise ReachesTooFar(
            Sentence("Its pages would change those of the host and other plugins: %(what)s.", what=too_far[:3])
        )


def _functions_for_all(bare: Flask, tried: Flask) -> Iterator[str]:
    for kind in ("before_request", "after_request", "teardown_request"):
        if getattr(tried, f"{kind}_funcs").get(None):
            yield f"{kind} for all pages"
    if len(tried.template_context_processors[None]) > len(bare.template_context_processors[None]):
        yield "context processors for all templates"
    if tried.url_value_preprocessors.get(None) or tried.url_default_functions.get(None):
        yield "functions for all addresses"
    if tried.error_handler_spec.get(None):
        yield "error handlers for all pages"


def _template_parts(bare: Flask, tried: Flask) -> Iterator[str]:
    for kind in ("filters", "tests", "globals"):
        had, has = getattr(bare.jinja_env, kind), getattr(tried.jinja_env, kind)
        yield from (f"template {kind}: {name}" for name in has if name not in had)


def _addresses(tried: Flask, prefix: str) -> Iterator[str]:
    for rule in tried.url_map.iter_rules():
        if rule.endpoint != "static" and rule.rule != prefix and not rule.rule.startswith(f"{prefix}/"):
            yield rule.rule
