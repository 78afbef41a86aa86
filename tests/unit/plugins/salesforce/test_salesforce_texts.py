"""Every sentence an admin may read has a Japanese one: also those declared outside of this package."""

from pathlib import Path

from babel.messages.pofile import read_po

import plugins.salesforce
from plugins.salesforce.auth.methods import auth_methods
from plugins.salesforce.auth_api import Feature

CATALOGUE = Path(plugins.salesforce.__file__).parent / "translations/ja/LC_MESSAGES/messages.po"


def test_features_and_methods_speak_japanese():
    with CATALOGUE.open("rb") as stream:
        catalogue = read_po(stream, locale="ja")
    texts = {text for feature in Feature for text in (feature.title, feature.without)}
    texts |= {text for method in auth_methods() for text in (method.title, method.description)}
    texts |= {
        text for method in auth_methods() for field in method.credentials for text in (field.label, field.help) if text
    }
    assert [text for text in texts if not (catalogue.get(text) and catalogue.get(text).string)] == []
