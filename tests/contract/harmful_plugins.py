"""Plugins of others that do harm where they are imported, mounted or migrated: name → source, and what the admin is told."""

from __future__ import annotations

from broken_plugins import HEAD, hook, plugin_class

_PLUGIN = plugin_class("NAME", hook("return Done(summary='done')"))

# done while it is imported → words of the reason
_AT_IMPORT: dict[str, tuple[str, str]] = {
    "hangs_at_import": ("time.sleep(60)", "is not imported within"),
    "burns_processor": ("while True: pass", "is not imported within"),
    "waits_for_input": ("sys.stdin.read(); threading.Event().wait()", "is not imported within"),
    "eats_memory": ("hoard = 'x' * (3 << 30)", "MemoryError"),
    "ends_process": ("os._exit(3)", "ends the whole process while it is imported (exit code 3)"),
    "segfaults": ("import ctypes; ctypes.string_at(0)", "signal SIGSEGV"),
    "kills_itself": ("import signal; os.kill(os.getpid(), signal.SIGKILL)", "signal SIGKILL"),
    "closes_files": ("os.closerange(0, 100); time.sleep(60)", "ends the whole process"),
    "patches_requests": ("import requests; requests.Session.send = None", "requests.sessions.Session.send"),
    "patches_clock": ("time.time = lambda: 0.0", "time.time"),
    "patches_host": ("import host.sentences; host.sentences.carried = str", "host.sentences.carried"),
    "changes_folder": ("os.chdir('/')", "the working directory"),
    "changes_locale": ("import locale; locale.setlocale(locale.LC_ALL, 'C.UTF-8')", "the locale"),
    "changes_signals": ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)", "signal handlers"),
    "changes_log": ("import logging; logging.disable(logging.CRITICAL)", "the root logger"),
    "changes_settings": ("os.environ['TSUNAGU_DATABASE_URL'] = 'sqlite:///mine'", "environment variables of the host"),
    "starts_thread": ("threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "the threads of the process"),
    "sets_timer": ("import signal; signal.alarm(60)", "the timer of the process"),
    "goes_in_circles": ("from goes_in_circles_module import plugin", "cannot be imported: ImportError"),
}


def at_import() -> dict[str, tuple[str, str]]:
    """Whole modules of these plugins, each otherwise sound."""
    return {
        name: (_PLUGIN.replace("'NAME'", repr(name)).replace("class Plugin", f"{harm}\n\nclass Plugin", 1), words)
        for name, (harm, words) in _AT_IMPORT.items()
    }


INNOCENT = _PLUGIN.replace("'NAME'", "'innocent'")

PAGES = f"""{HEAD}
from flask import Blueprint, render_template, render_template_string

def pages(context):
    blueprint = Blueprint("pages_of_it", __name__, template_folder="its_templates")

    @blueprint.get("/raises")
    def raises():
        raise RuntimeError("secret-token")

    @blueprint.get("/hangs")
    def hangs():
        time.sleep(1.5)
        return "late"

    @blueprint.get("/junk")
    def junk():
        return object()

    @blueprint.get("/shown")
    def shown():
        return render_template("layout.html")

    return blueprint

class Plugin:
    manifest = Manifest(
        name="bad_pages",
        title="{{{{ 7 * 7 }}}}<script>alert(1)</script>",
        version="2.1",
        description="{{{{ config }}}}",
        pages=pages,
    )

    @hookimpl
    def on_call_end(self, context, event):
        return Done(summary="{{{{ 7 * 7 }}}}<img src=x onerror=alert(1)>")

plugin = Plugin()
"""

_MOUNTING = """{head}
from flask import Blueprint

def pages(context):
    {body}

class Plugin:
    manifest = Manifest(name={name!r}, title={name!r}, version="1", pages=pages)

plugin = Plugin()
"""
_BLUEPRINT = "blueprint = Blueprint({name!r}, __name__); {harm}; return blueprint"

# what its pages would do to others' → words of the reason
MOUNTING: dict[str, tuple[str, str]] = {
    name: (_MOUNTING.format(head=HEAD, name=name, body=body.format(name=name, harm=harm)), words)
    for name, body, harm, words in (
        ("before_all", _BLUEPRINT, "blueprint.before_app_request(lambda: 'mine')", "before_request for all pages"),
        ("after_all", _BLUEPRINT, "blueprint.after_app_request(lambda answer: None)", "after_request for all pages"),
        ("handles_errors", _BLUEPRINT, "blueprint.app_errorhandler(404)(lambda e: 'mine')", "error handlers for all pages"),
        ("filters_all", _BLUEPRINT, "blueprint.app_template_filter('said')(str)", "template filters: said"),
        ("elsewhere", _BLUEPRINT, "blueprint.record(lambda s: s.app.add_url_rule('/calls', 'x', str))", "/calls"),
        ("cannot_build", "raise RuntimeError('secret-token')", "", "Its pages cannot be built: RuntimeError at"),
        ("exits_at_pages", "sys.exit(3)", "", "Its pages cannot be built: SystemExit at"),
        ("hangs_at_pages", "time.sleep(60)", "", "Its pages are not built within 1.5 seconds"),
        ("no_blueprint", "return object()", "", "Its pages cannot be built: AttributeError at"),
    )
}

REVISION = """
from alembic import op
import sqlalchemy as sa
revision = "{name}_0001"
down_revision = None
branch_labels = ("{name}",)
depends_on = None

def upgrade():
    {body}

def downgrade():
    pass
"""
# its migration → words of what is said
MIGRATING = {
    "takes_calls": ("op.drop_table('calls')", "may only write tables that begin with takes_calls_"),
    "adds_column": ("op.add_column('memos', sa.Column('mine', sa.Integer()))", "may only write tables"),
    "falls_over": ("raise RuntimeError('no way')", "RuntimeError: no way"),
}


def with_migrations(name: str) -> str:
    """A plugin whose migrations are in the package `<name>_migrations`."""
    return _PLUGIN.replace("'NAME'", repr(name)).replace("Manifest(", f"Manifest(migrations='{name}_migrations', ", 1)
