"""The single checks: each gives back its faults as sentences, none when all is well."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
