"""Writes oracle.json: what scipy says of samples on which the tests of `report::statistics` must agree with it.

    python3 -m venv target/oracle && target/oracle/bin/pip install scipy==1.17.1
    target/oracle/bin/python report/tests/statistics/oracle.py

Samples are multiples of 1/64, so that differences, averages and ties are the same in any arithmetic.
"""

import itertools
import json
import pathlib

import numpy
import scipy
from scipy import stats

LEVELS = [0.90, 0.95, 1 - 0.05 / 3, 1 - 0.05 / 6, 1 - 0.05 / 20]


def is_tied(sample):
    sizes = numpy.abs(sample)
    return len(set(sizes)) < len(sizes) or 0 in sizes


def p_value(sample):
    """Two-sided; by enumeration of all signs where there are ties or zeros."""
    if not numpy.any(sample):
        return 1.0
    if not is_tied(sample):
        return stats.wilcoxon(sample, method="exact").pvalue
    everything = stats.PermutationMethod(n_resamples=numpy.inf)
    return stats.wilcoxon(sample, zero_method="pratt", method=everything).pvalue


def walsh(sample):
    return sorted({(a + b) / 2 for a, b in itertools.combinations_with_replacement(sample, 2)})


def interval(sample, level):
    """The least and the greatest value next to which scipy's test does not reject, by trying between all averages."""
    averages = walsh(sample)
    inner = [(a + b) / 2 for a, b in zip(averages, averages[1:])]
    places = [averages[0] - 1, *inner, averages[-1] + 1]
    kept = [p_value(sample - place) > 1 - level + 1e-12 for place in places]
    if kept[0]:
        return None
    if not any(kept):
        return "at one value"
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    return [averages[first - 1], averages[last]]


def signed_rank(sample, levels):
    sample = numpy.array(sample)
    pairs = itertools.combinations_with_replacement(sample, 2)
    return {
        "sample": sample.tolist(),
        "p": p_value(sample),
        "p_at": [[place, p_value(sample - place)] for place in places_in(sample)],
        "estimate": float(numpy.median([(a + b) / 2 for a, b in pairs])),
        "intervals": [[level, interval(sample, level)] for level in levels],
    }


def places_in(sample):
    """Where the test has ties or zeros: at averages. All signs of more than twelve members take too long."""
    return walsh(sample)[::5] if len(sample) <= 12 else []


def signed_ranks(random):
    for n in [1, 4, 5, 6, 7, 8, 10, 12, 15, 20]:
        # Without ties among members, and without averages in common.
        sample = random.choice(numpy.arange(-4000, 8000), size=n, replace=False) / 64
        yield signed_rank(sample, LEVELS)
    for n in [50]:
        sample = random.choice(numpy.arange(-400_000, 600_000), size=n, replace=False) / 64
        yield signed_rank(sample, [0.95])
    for n in [6, 7, 8, 9]:
        for width in [3, 5, 9]:
            # Ties, zeros, or both.
            sample = random.integers(-width // 3, width, size=n) / 8
            yield signed_rank(sample, LEVELS[:3])


def medians(random):
    for n in [5, 6, 7, 10, 17, 20, 40]:
        sample = random.normal(size=n)
        for level in LEVELS:
            test = stats.quantile_test(sample, q=numpy.median(sample), p=0.5)
            ends = test.confidence_interval(confidence_level=level)
            known = not numpy.isnan([ends.low, ends.high]).any()
            yield {
                "sample": sample.tolist(),
                "level": level,
                "median": float(numpy.median(sample)),
                "interval": [ends.low, ends.high] if known else None,
                "achieved": achieved(sample, ends) if known else None,
            }


def achieved(sample, ends):
    rank = sorted(sample).index(ends.low)
    return 1 - 2 * float(stats.binom.cdf(rank, len(sample), 0.5))


def slopes(random):
    for n in [4, 5, 6, 7]:
        x = numpy.cumsum(random.integers(1, 20, size=n))
        y = random.normal(size=n) + x / 10
        line = stats.theilslopes(y, x)
        between = sorted((b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.combinations(list(zip(x, y)), 2))
        yield {
            "points": [[float(a), float(b)] for a, b in zip(x, y)],
            "slope": float(line.slope),
            "intercept": float(line.intercept),
            "intervals": [[level, sen(between, n, level)] for level in [0.90, 0.95]],
        }


def sen(between, n, level):
    """Over all orders of the points, for scipy's own interval is a normal approximation."""
    orders = list(itertools.permutations(range(n)))
    inversions = numpy.array([sum(a > b for a, b in itertools.combinations(order, 2)) for order in orders])
    ranks = [k for k in range(1, len(between) + 1) if 2 * numpy.mean(inversions <= k - 1) <= 1 - level]
    return [between[ranks[-1] - 1], between[-ranks[-1]]] if ranks else None


def proportions():
    for hits, trials in [(0, 10), (1, 10), (5, 10), (10, 10), (93, 2000), (1899, 2000), (19013, 20000)]:
        for level in LEVELS:
            ends = stats.binomtest(hits, trials).proportion_ci(level, method="wilson")
            yield {"hits": hits, "trials": trials, "level": level, "interval": [ends.low, ends.high]}


def main():
    random = numpy.random.default_rng(2026)
    oracle = {
        "scipy": scipy.__version__,
        "signed_ranks": list(signed_ranks(random)),
        "medians": list(medians(random)),
        "slopes": list(slopes(random)),
        "proportions": list(proportions()),
    }
    path = pathlib.Path(__file__).with_name("oracle.json")
    sections = [f"{json.dumps(key)}: {lines(value)}" for key, value in oracle.items()]
    path.write_text("{\n" + ",\n".join(sections) + "\n}\n")


def lines(value):
    """One case a line, so that a change shows."""
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(json.dumps(case) for case in value) + "\n]"


main()
