"""What the demo says on the terminal: its progress, and where to go when it is up."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from devtools.installation.people import ADMIN, AGENTS, Person

console = Console(highlight=False)


def step(text: str) -> None:
    console.print(f"[cyan]•[/] {text}")


def complain(text: str) -> None:
    first, _, rest = text.partition("\n")
    console.print(f"[bold red]{first}[/]", soft_wrap=True)
    if rest:
        console.print(rest, markup=False, soft_wrap=True)


def welcome(url: str, org_url: str, password: str, *, calls: bool) -> None:
    """The box with the address and the logins."""
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]Open[/]", f"[bold green]{url}[/]")
    for person in (ADMIN, *AGENTS):
        table.add_row("Log in as", f"[bold]{person.email}[/]  [dim]{_described(person)}[/]")
    table.add_row("Password", f"[bold]{password}[/]  [dim](the same for all)[/]")
    table.add_row("Salesforce", f"{org_url}  [dim](the sandbox org it is connected with)[/]")
    console.print(Panel(table, title="Tsunagu is running", border_style="green", expand=False))
    news = "Recorded calls come in now; each gets its name from the org. " if calls else ""
    console.print(f"{news}[bold]Ctrl-C[/] ends everything.")


def _described(person: Person) -> str:
    return f"agent, extension {person.extension}" if person.extension else "admin"
