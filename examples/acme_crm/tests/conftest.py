"""The small CRM stands beside the plugin; behind all else on the path, so that what pip installed is tested."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
