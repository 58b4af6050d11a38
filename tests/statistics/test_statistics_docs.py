"""The figures in docs/statistics.md are what its own program prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / ".." / "shared" / "themis-runs"


@pytest.mark.skipif(not RUNS.is_dir(), reason="the published runs (../shared/themis-runs) are not here")
def test_each_program_prints_the_figures_below_it() -> None:
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    found = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL)
    assert len(found) == 3
    for program, printed in found:
        result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
        assert result.stdout == printed
    assert "LMUnit-qwen2.5-72b     27.9  61.5" in found[0][1]
