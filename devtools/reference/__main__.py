"""`python -m devtools.reference`: writes every page, or part of one, that follows from the source."""

from __future__ import annotations

from devtools.reference.pages import PAGES, current, write

if __name__ == "__main__":
    for page in PAGES:
        print(page, "is current" if current(page) else "was written")
        write(page)
