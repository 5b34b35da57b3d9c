"""Figures for tables."""


def percentile(values, share):
    """The smallest value that a share of all, in percent, do not exceed."""
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]
