"""Exact nearest neighbours in Euclidean distance, one block of pairs at a time."""

import dataclasses

import numpy as np

__all__ = ["Block", "Smallest", "blocks", "nearest", "smallest"]

# A block of pairs is 32 MiB: large enough for a fast product, small enough for the cache.
_ROWS, _COLUMNS = 1024, 4096
# Number of references, or slightly more, for the centre and the first bounds.
_FIRST_COLUMNS = 512
# Numbers at a time when distances are computed pair by pair.
_DIRECT_NUMBERS = 2**20


@dataclasses.dataclass(frozen=True, eq=False)
class Block:
    """A block of pairs, with bounds on their squared distances."""

    queries: np.ndarray
    references: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    lower: np.ndarray
    row_slack: np.ndarray
    column_slack: np.ndarray

    def squared(self, rows, columns):
        """Squared distances of some pairs, each from its difference."""
        result = np.empty(len(rows))
        step = max(1, _DIRECT_NUMBERS // self.queries.shape[1])
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            left = self.queries[self.rows[rows[part]]]
            right = self.references[self.columns[columns[part]]]
            difference = np.subtract(left, right, dtype=np.float64)
            np.square(difference, out=difference)
            result[part] = difference.sum(axis=1)
        return result

    def within(self, limits, strict=False, needless=False):
        """Whether the distance of each pair is at most, or strictly below, a limit."""
        compare = np.less if strict else np.less_equal
        possible = compare(self.lower, limits)
        spread = self.column_slack if limits.ndim == 1 else self.row_slack[:, None]
        other = self.row_slack if limits.ndim == 1 else self.column_slack
        sure = compare(self.lower, limits - (spread + other.max()))
        if np.count_nonzero(sure) == np.count_nonzero(possible):
            return sure
        possible ^= sure
        possible &= ~np.asarray(needless)
        rows, columns = np.divmod(np.flatnonzero(possible), self.lower.shape[1])
        limits = np.broadcast_to(limits, self.lower.shape)[rows, columns]
        sure[rows, columns] = compare(self.squared(rows, columns), limits)
        return sure


def blocks(queries, references, order=None):
    """Yield all pairs of two sets of points in blocks."""
    order = np.arange(len(references)) if order is None else order
    # The median of some: one distant point must not make the bounds of all others coarse.
    some = references[:: max(1, len(references) // _FIRST_COLUMNS)]
    centre = np.median(some.astype(np.float64), axis=0)
    buffer = np.empty(min(_ROWS, len(queries)) * min(_COLUMNS, len(references)))
    for first_column in range(0, len(references), _COLUMNS):
        columns = order[first_column : first_column + _COLUMNS]
        right, column_slack = _factor(references[columns], centre)
        right[:, -2] = 1
        for first_row in range(0, len(queries), _ROWS):
            rows = np.arange(first_row, min(first_row + _ROWS, len(queries)))
            left, row_slack = _factor(queries[first_row : first_row + _ROWS], centre)
            left[:, :-2] *= -2
            left[:, -2:] = np.stack([left[:, -1], np.ones(len(rows))], axis=1)
            lower = buffer[: len(rows) * len(columns)].reshape(len(rows), len(columns))
            np.matmul(left, right.T, out=lower)
            yield Block(queries, references, rows, columns, lower, row_slack, column_slack)


def _factor(points, centre):
    """Centred points; the last column has their squared norms minus the rounding error."""
    factor = np.empty((len(points), len(centre) + 2))
    centred = factor[:, :-2]
    np.subtract(points, centre, out=centred)
    norms = np.einsum("ij,ij->i", centred, centred)
    # The bound is (2.5 width + 10) eps; `tiny` covers squares that underflow.
    error = 4 * (len(centre) + 8) * (np.finfo(np.float64).eps * norms + np.finfo(np.float64).tiny)
    factor[:, -1] = norms - error
    return factor, 2.5 * error


class Smallest:
    """The nearest references of each query, updated block by block."""

    def __init__(self, num, k, weights=None):
        self.values = np.full((num, k), np.inf)
        self.indices = np.full((num, k), -1)
        self.k = k
        self._weights = weights

    def update(self, block, own=None):
        """Add a block from `blocks`; its `lower` is overwritten."""
        if self._weights is not None:
            block.lower[...] *= self._weights[block.columns]
        if own is not None:
            _exclude(block, own)
        limits = self._limits(block)
        if (limits == np.inf).any():
            limits = np.minimum(limits, self._first_limits(block))
        finite = np.minimum(limits, np.finfo(np.float64).max)[:, None]
        rows, columns = np.divmod(np.flatnonzero(block.lower <= finite), len(block.columns))
        # No distance is below zero: among bounds below it, the index decides.
        keys = np.maximum(block.lower[rows, columns], 0)
        order, rank = _rank(rows, keys, columns)
        first, rest = order[rank < self.k], order[rank >= self.k]
        self._take(block, rows[first], columns[first])
        rest = rest[block.lower[rows[rest], columns[rest]] <= self._limits(block)[rows[rest]]]
        self._take(block, rows[rest], columns[rest])

    def _limits(self, block):
        limits = self.values[block.rows, -1]
        # No reference is nearer than a duplicate, and later duplicates have larger indices.
        return np.where(limits > 0, limits, -np.inf)

    def _first_limits(self, block):
        """Distance of each query's k-th neighbour among a few references, an upper bound."""
        few = block.lower[:, : max(_FIRST_COLUMNS, 2 * self.k)]
        if few.shape[1] < self.k:
            return np.full(len(few), np.inf)
        columns = np.argpartition(few, self.k - 1, axis=1)[:, : self.k].ravel()
        rows = np.repeat(np.arange(len(few)), self.k)
        values = np.where(
            np.isfinite(few[rows, columns]), self._measure(block, rows, columns), np.inf
        )
        return values.reshape(-1, self.k).max(axis=1)

    def _measure(self, block, rows, columns):
        values = block.squared(rows, columns)
        return values if self._weights is None else values * self._weights[block.columns[columns]]

    def _take(self, block, rows, columns):
        """Measure some pairs of a block, and merge them with the previous neighbours."""
        if not len(rows):
            return
        values = self._measure(block, rows, columns)
        indices = block.columns[columns]
        order, rank = _rank(rows, values, indices)
        few = rank < self.k
        order, rank = order[few], rank[few]
        new_values = np.full((len(block.rows), self.k), np.inf)
        new_indices = np.full(new_values.shape, -1)
        new_values[rows[order], rank] = values[order]
        new_indices[rows[order], rank] = indices[order]
        touched = np.unique(rows)
        at = block.rows[touched]
        both_values = np.concatenate([self.values[at], new_values[touched]], axis=1)
        both_indices = np.concatenate([self.indices[at], new_indices[touched]], axis=1)
        best = np.lexsort((both_indices, both_values))[:, : self.k]
        self.values[at] = np.take_along_axis(both_values, best, axis=1)
        self.indices[at] = np.take_along_axis(both_indices, best, axis=1)


def _exclude(block, own):
    """Set the distance to each query's own reference to infinity; columns must be ascending."""
    own = own[block.rows]
    position = np.minimum(np.searchsorted(block.columns, own), len(block.columns) - 1)
    here = np.flatnonzero(block.columns[position] == own)
    block.lower[here, position[here]] = np.inf


def _rank(rows, *keys):
    """The order by row and then by keys, and the rank of each within its row."""
    order = np.lexsort((*reversed(keys), rows))
    rows = rows[order]
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else rows
    return order, np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))


def smallest(queries, references, k, own=None):
    """The `k` nearest references of each query, without its own reference `own`."""
    found = Smallest(len(queries), k)
    for block in blocks(queries, references):
        found.update(block, own)
    return found


def nearest(queries, references):
    """Distance and index of the nearest reference of each query."""
    found = smallest(queries, references, 1)
    return np.sqrt(found.values[:, 0]), found.indices[:, 0]
