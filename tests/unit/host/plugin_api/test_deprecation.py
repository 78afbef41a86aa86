"""R33: what is retired goes on working and warns its author, with what to use instead."""

from __future__ import annotations

import pytest

from host.plugin_api import InterfaceDeprecated, Retired, deprecated, former_names

RETIRED = Retired(since="1.3", gone_in="2", instead="register()")


@deprecated(since="1.3", gone_in="2", instead="register()")
def add(number: str, *, name: str) -> str:
    """Adds."""
    return number + name


def test_r33_a_retired_function_works_and_warns_its_caller() -> None:
    with pytest.warns(
        InterfaceDeprecated, match=r"^add is deprecated since 1\.3 and is gone in 2\. Use register\(\)\.$"
    ) as told:
        assert add("1", name="a") == "1a"
    assert told[0].filename == __file__
    assert (add.__name__, add.__doc__) == ("add", "Adds.")


def test_r33_a_former_name_still_gives_its_object() -> None:
    find = former_names("host.plugin_api", {"Old": (dict, RETIRED)})
    with pytest.warns(InterfaceDeprecated, match=r"host\.plugin_api\.Old is deprecated since 1\.3"):
        assert find("Old") is dict
    with pytest.raises(AttributeError, match="'Other'"):
        find("Other")
