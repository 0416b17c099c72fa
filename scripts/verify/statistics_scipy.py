#!/usr/bin/env python3
"""The statistics of `compare` and `ab` beside scipy's, on random samples.

`marvel-bench bench statistics` answers the same questions as scipy: Mann-Whitney U (exact without ties, asymptotic with
ties and continuity correction, exact with ties beside a full permutation test), Wilcoxon's signed ranks (exact,
asymptotic), the bootstrap interval of a ratio of medians (two programs draw different samples: ours must lie between
neighbouring percentiles of scipy's distribution), Clopper and Pearson's interval, quantiles, and Holm's adjustment
(beside a plain one in this file). Exit status: 1 where one differs.
"""

import argparse
import json
import math
import os
import random
import subprocess
import sys

import numpy as np
from scipy import stats

# An exact p is a quotient of whole numbers; sums of doubles on both sides differ in their last digits.
TOLERANCE = 1e-9


class Questions:
    def __init__(self):
        self.lines, self.checks = [], []

    def ask(self, kind, line, check):
        self.lines.append(line)
        self.checks.append((kind, line, check))


def text(values):
    return ",".join(repr(float(value)) for value in values)


def close(one, other):
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-12)


def test(expected, statistic):
    def check(answer):
        return close(answer["p"], float(expected)) and close(answer["statistic"], float(statistic))
    return check


def sample(numbers, count, ties):
    if ties:
        return [float(numbers.randrange(6)) for _ in range(count)]
    return [numbers.lognormvariate(0, 0.3) for _ in range(count)]


def rank_sums(questions, numbers, count):
    for index in range(count):
        x = sample(numbers, numbers.randint(1, 20), False)
        y = [value * 1.2 for value in sample(numbers, numbers.randint(1, 20), False)]
        exact = stats.mannwhitneyu(x, y, alternative="two-sided", method="exact")
        questions.ask("mannwhitneyu exact", f"ranksum exact {text(x)} {text(y)}", test(exact.pvalue, exact.statistic))
        ties = index % 2 == 0
        x, y = sample(numbers, numbers.randint(2, 60), ties), sample(numbers, numbers.randint(2, 60), ties)
        if len(set(x + y)) > 1:
            found = stats.mannwhitneyu(x, y, alternative="two-sided", method="asymptotic")
            questions.ask("mannwhitneyu asymptotic", f"ranksum asymptotic {text(x)} {text(y)}",
                          test(found.pvalue, found.statistic))


def tied_rank_sums(questions, numbers, count):
    """scipy's "exact" takes no account of ties; its permutation test does, over all ways to deal the values."""
    def statistic(x, y, axis):
        pooled = stats.rankdata(np.concatenate([x, y], axis=axis), axis=axis)
        return np.take(pooled, range(x.shape[axis]), axis=axis).sum(axis=axis)

    for _ in range(count):
        x, y = sample(numbers, numbers.randint(2, 5), True), sample(numbers, numbers.randint(2, 5), True)
        found = stats.permutation_test((x, y), statistic, vectorized=True, n_resamples=np.inf,
                                       alternative="two-sided")
        u = found.statistic - len(x) * (len(x) + 1) / 2
        questions.ask("mannwhitneyu by permutation, ties", f"ranksum exact {text(x)} {text(y)}", test(found.pvalue, u))


def signed_ranks(questions, numbers, count):
    for index in range(count):
        d = [numbers.gauss(0.3, 1) for _ in range(numbers.randint(1, 50))]
        plus = sum(rank for rank, value in zip(stats.rankdata(np.abs(d)), d) if value > 0)
        exact = stats.wilcoxon(d, method="exact")
        questions.ask("wilcoxon exact", f"signedrank exact {text(d)}", test(exact.pvalue, plus))
        d = [float(numbers.randint(-4, 6)) if index % 2 else numbers.gauss(0.2, 1)
             for _ in range(numbers.randint(5, 120))]
        moved = [value for value in d if value != 0]
        if not moved:
            continue
        plus = sum(rank for rank, value in zip(stats.rankdata(np.abs(moved)), moved) if value > 0)
        found = stats.wilcoxon(moved, method="asymptotic", correction=True)
        questions.ask("wilcoxon asymptotic", f"signedrank asymptotic {text(d)}", test(found.pvalue, plus))


def ratios(questions, numbers, count):
    def statistic(x, y, axis):
        return np.median(x, axis=axis) / np.median(y, axis=axis)

    for _ in range(count):
        x, y = sample(numbers, numbers.randint(3, 15), False), sample(numbers, numbers.randint(3, 15), False)
        found = stats.bootstrap((x, y), statistic, vectorized=True, n_resamples=9999, method="percentile",
                                rng=numbers.randrange(1 << 30))
        drawn = np.sort(found.bootstrap_distribution)

        def between(value, low, high, drawn=drawn):
            # 2000 resamples: a percentile's own standard error is 0.35 %.
            edge = 1e-9
            return drawn[int(low * len(drawn))] - edge <= value <= drawn[int(high * len(drawn))] + edge

        questions.ask("bootstrap", f"ratio {text(x)} {text(y)}",
                      lambda answer, between=between: between(answer["low"], 0.0095, 0.0405)
                      and between(answer["high"], 0.9595, 0.9905))


def others(questions, numbers, count):
    for _ in range(count):
        total = numbers.randint(1, 2000)
        hits = numbers.randint(0, total)
        interval = stats.binomtest(hits, total).proportion_ci(0.95, method="exact")
        questions.ask("binomtest exact interval", f"proportion {hits},{total}",
                      lambda answer, interval=interval: math.isclose(answer["low"], interval.low, abs_tol=1e-7)
                      and math.isclose(answer["high"], interval.high, abs_tol=1e-7))
        values, share = sample(numbers, numbers.randint(1, 40), False), numbers.random()
        questions.ask("quantile", f"quantile {text(values)} {share}",
                      lambda answer, want=float(np.quantile(values, share)): close(answer["value"], want))
        p = [numbers.random() ** 3 for _ in range(numbers.randint(1, 30))]
        questions.ask("Holm", f"holm {text(p)}",
                      lambda answer, want=holm(p): all(map(close, answer["adjusted"], want)))


def holm(p):
    """As the definition has it: the largest of the products up to each place."""
    order = sorted(range(len(p)), key=lambda index: p[index])
    adjusted = [0.0] * len(p)
    for place, index in enumerate(order):
        adjusted[index] = max(min(1, p[other] * (len(p) - before)) for before, other in enumerate(order[:place + 1]))
    return adjusted


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--marvel", default=f"{root}/.build-release/release/marvel-bench")
    parser.add_argument("--samples", type=int, default=1000, help="of each test (default: 1000)")
    parser.add_argument("--seed", type=int, default=1)
    settings = parser.parse_args()
    numbers, questions = random.Random(settings.seed), Questions()
    rank_sums(questions, numbers, settings.samples)
    tied_rank_sums(questions, numbers, max(1, settings.samples // 5))
    signed_ranks(questions, numbers, settings.samples)
    ratios(questions, numbers, max(1, settings.samples // 5))
    others(questions, numbers, settings.samples)
    done = subprocess.run([settings.marvel, "bench", "statistics"], input="\n".join(questions.lines) + "\n",
                          capture_output=True, text=True)
    if done.returncode != 0:
        print(f"statistics_scipy: {settings.marvel} left with {done.returncode}: {done.stderr[-400:]}", file=sys.stderr)
        return 2
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(questions.checks):
        print(f"statistics_scipy: {len(questions.checks)} questions, {len(answers)} answers", file=sys.stderr)
        return 1
    counts, wrong = {}, []
    for (kind, line, check), answer in zip(questions.checks, answers):
        good = check(answer)
        asked, fine = counts.get(kind, (0, 0))
        counts[kind] = (asked + 1, fine + good)
        if not good:
            wrong.append(f"{kind}: {line[:200]}: {answer}")
    for kind, (asked, fine) in counts.items():
        print(f"{kind}: {fine} of {asked} agree with scipy")
    for line in wrong[:10]:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
