"""The two-parameter logistic model of item-response theory, with an ability per criterion.

    P(run r is right on pair i) = 1 / (1 + exp(-(slope_i * ability_{r, criterion(i)} + intercept_i)))

Source: A. Birnbaum (1968), Some latent trait models and their use in inferring an examinee's ability, in Lord and
Novick, Statistical theories of mental test scores. Fitted at the joint mode (maximum a posteriori) by alternating
Newton steps, because fifty runs tell little about a single pair: slopes are drawn towards 1, intercepts towards their
criterion's mean, and a run's five abilities towards each other by their covariance over the runs. Ability has mean 0
and variance 1 over the runs, on average over criteria.

Shapes: R runs, N pairs, C criteria.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SLOPE_SPREAD, INTERCEPT_SPREAD = 0.5, 2.0
"""Standard deviations of the priors of slopes (around 1) and of intercepts (around their criterion's mean)."""
ROUNDS = 30
_STEP = 1.0  # no Newton step is longer: far from the mode the curvature may be next to nothing


@dataclass(frozen=True)
class Model:
    """A fitted model.

    Attributes:
        slope, intercept: of the pairs, shape (N,). The intercept is how easy a pair is for an average run, in logits.
        criterion: the criterion of each pair as a number from 0, shape (N,).
        ability: of the runs, shape (R, C).
        covariance: of the abilities over runs, shape (C, C).
    """

    slope: Floats = field(repr=False)
    intercept: Floats = field(repr=False)
    criterion: Ints = field(repr=False)
    ability: Floats = field(repr=False)
    covariance: Floats = field(repr=False)


def fit(right: npt.ArrayLike, criterion: npt.ArrayLike, rounds: int = ROUNDS) -> Model:
    """Fit the model.

    Args:
        right: which run is right on which pair, shape (R, N), two runs or more.
        criterion: the criterion of each pair as a number from 0, shape (N,); every number up to the largest occurs.
        rounds: how often pairs and abilities take turns.
    """
    y = np.asarray(right, dtype=np.float64)
    of = np.asarray(criterion, dtype=np.int64)
    members = _members(of)
    sizes = members.sum(axis=1)
    slope = np.ones(y.shape[1])
    intercept = _logit((y.sum(axis=0) + 0.5) / (len(y) + 1))
    ability = _logit(np.clip(y @ members.T / sizes, 0.02, 0.98))
    ability -= ability.mean(axis=0)
    ability /= max(float(ability.std(axis=0).mean()), 1e-6)
    covariance = np.eye(len(sizes)) * 0.5 + 0.5
    for _ in range(rounds):
        centre = (members @ intercept / sizes)[of]
        slope, intercept = _pairs_step(y, ability[:, of], slope, intercept, centre)
        ability, spread = abilities(y, of, slope, intercept, covariance, start=ability, steps=1)
        ability -= ability.mean(axis=0)
        covariance = np.atleast_2d(np.cov(ability.T)) + spread.mean(axis=0)
        scale = float(np.sqrt(np.diag(covariance)).mean())
        ability, covariance = ability / scale, covariance / scale**2
    return Model(slope, intercept, of, ability, covariance)


def abilities(
    right: npt.ArrayLike,
    criterion: npt.ArrayLike,
    slope: npt.ArrayLike,
    intercept: npt.ArrayLike,
    covariance: npt.ArrayLike,
    start: Floats | None = None,
    steps: int = 12,
) -> tuple[Floats, Floats]:
    """Abilities of runs on pairs whose parameters are known, at the mode of their posterior.

    Args:
        right: shape (R, N), of any pairs.
        criterion, slope, intercept: of those pairs, shape (N,).
        covariance: of the normal prior around 0, shape (C, C).
        start: abilities to begin with, shape (R, C).

    Returns:
        Abilities, shape (R, C), and the covariance of each run's posterior (Laplace), shape (R, C, C).
    """
    y, a, b = (np.asarray(values, dtype=np.float64) for values in (right, slope, intercept))
    prior = np.linalg.inv(np.asarray(covariance, dtype=np.float64))
    of = np.asarray(criterion, dtype=np.int64)
    members = _members(of, len(prior))
    ability = np.zeros((len(y), len(prior))) if start is None else start
    hessian = np.broadcast_to(prior, (len(y), *prior.shape))
    for _ in range(steps):
        p = expit(a * ability[:, of] + b)
        gradient = ((y - p) * a) @ members.T - ability @ prior
        information = (p * (1 - p) * a**2) @ members.T
        hessian = prior + information[:, :, None] * np.eye(len(prior))
        ability = ability + np.clip(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0], -_STEP, _STEP)
    return ability, np.asarray(np.linalg.inv(hessian), dtype=np.float64)


def _pairs_step(y: Floats, ability: Floats, slope: Floats, intercept: Floats, centre: Floats) -> tuple[Floats, Floats]:
    """Two Newton steps of all pairs at once, each in its own two parameters; `ability` is (R, N)."""
    for _ in range(2):
        p = expit(slope * ability + intercept)
        weight, error = p * (1 - p), y - p
        by_slope = (error * ability).sum(axis=0) - (slope - 1) / SLOPE_SPREAD**2
        by_intercept = error.sum(axis=0) - (intercept - centre) / INTERCEPT_SPREAD**2
        aa = (weight * ability**2).sum(axis=0) + 1 / SLOPE_SPREAD**2
        bb = weight.sum(axis=0) + 1 / INTERCEPT_SPREAD**2
        ab = (weight * ability).sum(axis=0)
        determinant = aa * bb - ab**2
        slope = slope + np.clip((bb * by_slope - ab * by_intercept) / determinant, -_STEP, _STEP)
        intercept = intercept + np.clip((aa * by_intercept - ab * by_slope) / determinant, -_STEP, _STEP)
    return np.asarray(slope), np.asarray(intercept)


def _members(criterion: Ints, count: int | None = None) -> Floats:
    """Which pairs are of which criterion, shape (C, N)."""
    numbers = np.arange(int(criterion.max()) + 1 if count is None else count)
    return np.asarray(criterion == numbers[:, None], dtype=np.float64)


def _logit(p: Floats) -> Floats:
    return np.asarray(np.log(p) - np.log1p(-p))
