"""The coreset: 500 pairs of the benchmark `crb`, and from a run on them a prediction for all 8,866.

`making.make` makes it from published runs, `making.hold_out` says how far its predictions are off on runs that had no
part in it, `document.load_lite` reads what comes with the package, `prediction.predict` predicts. Formulas and figures:
docs/coreset.md. Nothing is imported here: who asks for the ids alone pays for no numpy.
"""
