"""R35: from the text of a statement, which tables it writes; a plugin's own are let through, others' are refused."""

from __future__ import annotations

import pytest

from host.storage.own_tables import _refusal, _Unclear, tables_written

WRITES = {
    "INSERT INTO acme_people (id) VALUES (1)": ["acme_people"],
    "insert or replace into acme_people values (1)": ["acme_people"],
    'INSERT INTO public."calls" VALUES (1)': ["calls"],
    "UPDATE calls SET number = 'x; DROP TABLE calls'": ["calls"],
    "UPDATE ONLY acme_people SET a = 1": ["acme_people"],
    "UPDATE OR IGNORE memos SET a = 1": ["memos"],
    "DELETE FROM calls WHERE id = 1": ["calls"],
    "DELETE /* not acme_x */ FROM -- nor this\n calls": ["calls"],
    "WITH gone AS (DELETE FROM memos RETURNING id) SELECT id FROM gone": ["memos"],
    "INSERT INTO acme_a SELECT id FROM calls ON CONFLICT (id) DO UPDATE SET a = 1": ["acme_a"],
    "SELECT * INTO copied FROM calls": ["copied"],
    "SELECT 'INSERT INTO calls', $q$ DELETE FROM calls $q$, E'it\\'s UPDATE calls' FROM calls FOR UPDATE": [],
    "SELECT id FROM calls FOR NO KEY UPDATE": [],
    "BEGIN IMMEDIATE": [],
}
UNCLEAR = (
    "DROP TABLE calls",
    "CREATE TABLE acme_x (id int)",
    "PRAGMA writable_schema = 1",
    "SELECT 1; DELETE FROM calls",
    "COPY calls FROM STDIN",
    "TRUNCATE calls",
    "DO $$ BEGIN DELETE FROM calls; END $$",
    "",
    "INSERT INTO",
)
CHANGES = {
    "CREATE TABLE acme_x (id int REFERENCES calls (id) ON UPDATE CASCADE)": ["acme_x"],
    "CREATE TABLE IF NOT EXISTS calls (id int)": ["calls"],
    "ALTER TABLE calls ADD COLUMN mine int": ["calls"],
    "ALTER TABLE acme_x RENAME TO calls": ["acme_x", "calls"],
    "CREATE UNIQUE INDEX ix_acme_x_id ON calls (id)": ["acme_x_id", "calls"],
    "DROP INDEX ix_calls_number": ["calls_number"],
    "DROP TABLE acme_x": ["acme_x"],
    "PRAGMA main.table_info('calls')": [],
}


@pytest.mark.parametrize("statement", WRITES)
def test_tables_that_a_statement_writes(statement: str) -> None:
    assert tables_written(statement, migrates=False) == WRITES[statement]


@pytest.mark.parametrize("statement", UNCLEAR)
def test_what_cannot_be_told_is_refused(statement: str) -> None:
    with pytest.raises(_Unclear):
        tables_written(statement, migrates=False)
    assert _refusal(statement, "acme", False) is not None


@pytest.mark.parametrize("statement", CHANGES)
def test_tables_that_a_migration_changes(statement: str) -> None:
    assert tables_written(statement, migrates=True) == CHANGES[statement]


def test_plugin_whose_name_begins_as_anothers_does_not_own_its_tables() -> None:
    assert _refusal("DELETE FROM acme_people", "acme", False) is None
    assert "tried to write acmecrm_people" in str(_refusal("DELETE FROM acmecrm_people", "acme", False))
    assert "tried to write alembic_version_acme" in str(_refusal("DELETE FROM alembic_version_acme", "acme", False))
    assert _refusal("DELETE FROM alembic_version_acme", "acme", True) is None
