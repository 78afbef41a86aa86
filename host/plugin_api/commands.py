"""What a plugin's command (entry-point group `tsunagu.commands`) needs of the host."""

from __future__ import annotations

from host.plugin_api.context import PluginContext


def command_context(plugin: str) -> PluginContext:
    """The context of this plugin in a process of its own, made from the environment as web and worker are.

    Raises:
        ConfigurationError: the environment does not describe an installation.
    """
    from host.config import read_config  # commands are listed without starting the host
    from host.services import build_services

    return build_services(read_config()).registry.context(plugin)
