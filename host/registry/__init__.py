"""The plugins: found, checked, called, switched on and off."""

from host.registry.loading import LoadedPlugin, installed, load_all
from host.registry.problems import PluginQuarantined, PluginUnknown, Quarantined
from host.registry.registry import Registry
from host.registry.states import PluginState

__all__ = [
    "LoadedPlugin",
    "PluginQuarantined",
    "PluginState",
    "PluginUnknown",
    "Quarantined",
    "Registry",
    "installed",
    "load_all",
]
