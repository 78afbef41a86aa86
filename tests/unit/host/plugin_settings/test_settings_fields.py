"""R33: a plugin's schema becomes a form: kinds of boxes, raw values, messages, what the operation log is told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from host.plugin_api import Changed, NeedsConfiguration
from host.plugin_settings.fields import Kind, SchemaUnusable, fields_of
from host.plugin_settings.form import raw_values
from host.plugin_settings.messages import in_our_words
from host.plugin_settings.stored import SchemaSettings, told


class Size(Enum):
    """How much."""

    SMALL = "small"
    LARGE = "large"


class Everything(Schema):
    """One of each kind."""

    address = fields.Url(required=True, require_tld=False, metadata={"label": "Address", "help": "Whole"})
    mail = fields.Email()
    name = fields.String(load_default="")
    key = fields.String(metadata={"label": "Key", "secret": True})
    on = fields.Boolean(load_default=True)
    calls = fields.Integer(load_default=10, validate=validate.Range(min=1, max=20))
    share = fields.Float(load_default=0.5)
    size = fields.Enum(Size, load_default=Size.SMALL)
    owner = fields.String(load_default="agent", validate=validate.OneOf(["agent", "team"], ["The agent", "The team"]))
    lines = fields.List(fields.Integer(), load_default=list)

    @validates_schema
    def fits(self, data: Mapping[str, Any], **_more: Any) -> None:
        if data.get("name") == "bad":
            raise ValidationError("That does not fit together.")


class Store:
    """Settings or secrets, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def read(self) -> Mapping[str, Any]:
        return self.kept

    def get(self, name: str) -> Any:
        return self.kept.get(name)

    def write(self, values: Mapping[str, Any]) -> None:
        self.kept = {name: value for name, value in {**self.kept, **values}.items() if value is not None}

    put = write


@pytest.fixture
def stored() -> SchemaSettings:
    return SchemaSettings(Store(), Store(), Everything)


def test_r33_each_type_has_its_box() -> None:
    kinds = {one.name: one.kind for one in fields_of(Everything)}
    assert kinds == {
        "address": Kind.URL,
        "mail": Kind.EMAIL,
        "name": Kind.TEXT,
        "key": Kind.SECRET,
        "on": Kind.CHECKBOX,
        "calls": Kind.INTEGER,
        "share": Kind.NUMBER,
        "size": Kind.SELECT,
        "owner": Kind.SELECT,
        "lines": Kind.LINES,
    }
    address, owner, size = (
        next(one for one in fields_of(Everything) if one.name == name) for name in ("address", "owner", "size")
    )
    assert (address.label, address.help, address.required) == ("Address", "Whole", True)
    assert owner.options == (("agent", "The agent"), ("team", "The team"))
    assert size.options == (("SMALL", "small"), ("LARGE", "large"))


@pytest.mark.parametrize(
    "unusable",
    [
        {"nested": fields.Nested(Everything)},
        {"when": fields.DateTime()},
        {"Name": fields.String()},
        {"name": fields.String(data_key="other")},
        {"code": fields.Integer(metadata={"secret": True})},
        {"lists": fields.List(fields.List(fields.String()))},
    ],
)
def test_r35_a_schema_that_cannot_be_drawn_is_refused(unusable: dict[str, Any]) -> None:
    with pytest.raises(SchemaUnusable):
        fields_of(Schema.from_dict(unusable))


def test_r33_what_is_typed_becomes_raw_values() -> None:
    typed = {"address": " http://crm ", "key": "", "calls": "", "name": "", "lines": "1\n\n 2 ", "mail": ""}
    raw = raw_values(fields_of(Everything), typed)
    assert raw == {"address": "http://crm", "on": False, "name": "", "lines": ["1", "2"]}


def test_r33_values_are_stored_typed_and_secrets_apart(stored: SchemaSettings) -> None:
    raw = {
        "address": "http://crm",
        "key": "s3cret",
        "size": "LARGE",
        "lines": ["1", "2"],
        "on": False,
        "mail": "a@b.example",
    }
    assert stored.save({**raw, "mail": "a@b.example"}).errors == {}
    assert "s3cret" not in repr(stored.settings.read())
    loaded = stored.load()
    assert (loaded["key"], loaded["size"], loaded["lines"], loaded["on"], loaded["calls"]) == (
        "s3cret",
        Size.LARGE,
        [1, 2],
        False,
        10,
    )
    assert stored.save({"address": "http://crm"}).errors == {}
    assert stored.load()["key"] == "s3cret", "left blank, a secret is kept"
    assert "mail" not in stored.load(), "an empty box forgets what was stored"


def test_r33_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(stored: SchemaSettings) -> None:
    entered = stored.save({"address": "x", "calls": "30", "lines": ["a"], "owner": "nobody", "mail": "x"})
    assert entered.errors == {
        "address": ["Enter a whole address, such as https://crm.example.com."],
        "calls": ["From 1 to 20."],
        "lines": ["Enter a whole number."],
        "owner": ["Choose one of the list."],
        "mail": ["Enter an e-mail address."],
    }
    assert stored.settings.read() == {}
    assert stored.save({"address": "http://crm", "name": "bad"}).errors == {"_schema": ["That does not fit together."]}


def test_r33_work_waits_for_what_is_required(stored: SchemaSettings) -> None:
    with pytest.raises(NeedsConfiguration, match="not complete: Address"):
        stored.load()


def test_r33_the_log_is_told_what_changed_and_nothing_of_secrets() -> None:
    fields_ = fields_of(Everything)
    before = {one.name: None for one in fields_} | {"on": True, "lines": [1], "calls": 10}
    after = {one.name: None for one in fields_} | {"on": False, "lines": [1, 2], "calls": 10, "key": "s3cret"}
    assert told(fields_, before, after) == {
        "Key": "changed",
        "on": Changed("yes", "no"),
        "lines": Changed("1", "1, 2"),
    }


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("Missing data for required field.", "Fill this in."),
        ("Must be greater than or equal to 1.", "At least 1."),
        ("Must be less than or equal to 1.5.", "At most 1.5."),
        ("Longer than maximum length 7.", "At most 7 characters."),
        ("The plugin's own words.", "The plugin's own words."),
    ],
)
def test_messages_are_in_our_words(said: str, ours: str) -> None:
    assert in_our_words(said) == ours
