"""What marshmallow says of a value, in words for an admin that the host's catalogue translates."""

from __future__ import annotations

import re

from host.sentences import Sentence

FILL_IN = Sentence("Fill this in.")
SAID = {
    "Missing data for required field.": FILL_IN,
    "Field may not be null.": FILL_IN,
    "Not a valid integer.": Sentence("Enter a whole number."),
    "Not a valid number.": Sentence("Enter a number."),
    "Not a valid URL.": Sentence("Enter a whole address, such as https://crm.example.com."),
    "Not a valid email address.": Sentence("Enter an e-mail address."),
}
CHOICE = re.compile(r"Must be one of: .*\.", re.DOTALL)
BETWEEN = re.compile(r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.")
LEAST = re.compile(r"Must be greater than or equal to (\S+)\.")
MOST = re.compile(r"Must be less than or equal to (\S+)\.")
LONGEST = re.compile(r"Longer than maximum length (\d+)\.")


def in_our_words(message: str) -> str:
    """marshmallow's own message as a Sentence; a plugin's as it is."""
    if found := BETWEEN.fullmatch(message):
        return Sentence("From %(least)s to %(most)s.", least=found[1], most=found[2])
    if found := LEAST.fullmatch(message):
        return Sentence("At least %(least)s.", least=found[1])
    if found := MOST.fullmatch(message):
        return Sentence("At most %(most)s.", most=found[1])
    if found := LONGEST.fullmatch(message):
        return Sentence("At most %(most)s characters.", most=found[1])
    if CHOICE.fullmatch(message):
        return Sentence("Choose one of the list.")
    return SAID.get(message, message)
