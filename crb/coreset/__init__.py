"""The coreset: 500 pairs of the benchmark `crb`, and from a run on them a prediction for all 8,866.

`fit` and `choose` make it from published runs, `hold_out` says how far its predictions are off on models that had no
part in it, and `load_lite` reads what comes with the package. The formulas and the figures: docs/coreset.md.
"""

from __future__ import annotations

from crb.coreset.document import LITE, Coreset, ids_hash, load_lite
from crb.coreset.prediction import Prediction, predict

__all__ = ["LITE", "Coreset", "Prediction", "ids_hash", "load_lite", "predict"]
