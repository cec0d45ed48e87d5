"""The SDK's unit tests: they run natively, against a manager made of Python's own types."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.modules.pop("multiprocessing", None)

from . import fake_bindings  # noqa: E402

fake_bindings.prepare()
