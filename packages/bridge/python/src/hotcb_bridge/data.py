"""The data of a training run: a mixture of sources whose shares are controls, and windows of data to skip."""

from __future__ import annotations

import random
from collections import deque
from typing import Any, Callable, Deque, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from .actuators import Actuator, float_actuator

#: A sample: the name of its source, and its index in that source.
Sample = Tuple[str, int]

_MASK = (1 << 64) - 1


def data_mix_actuators(weights: Dict[str, float], bounds: Tuple[float, float] = (0.0, 1.0)) -> List[Actuator]:
    """Creates a control ``data.<name>`` for the weight of each data source. A sampler reads the weights on each draw,
    and only their ratios matter. If all weights are 0, all sources have the same share.

    Args:
        weights: The weights, by source. They are changed in place.
        bounds: The bounds of each weight, both inclusive.

    Raises:
        ValueError: if there are no sources, or for a weight below 0.
    """
    if not weights or any(value < 0 for value in weights.values()):
        raise ValueError(f"`weights` must have at least one source, and no weight below 0, got {weights!r}")
    return [_weight_control(weights, name, bounds) for name in weights]


def _weight_control(weights: Dict[str, float], name: str, bounds: Tuple[float, float]) -> Actuator:
    def write(value: float) -> None:
        weights[name] = value

    return float_actuator(
        f"data.{name}",
        get=lambda: weights[name],
        set=write,
        min=bounds[0],
        max=bounds[1],
        group="data",
        label=f"Weight of {name}",
    )


class DataMix:
    """Draws batches from several sources. It is a ``batch_sampler`` for a ``DataLoader`` over a ``ConcatDataset`` of
    the sources, in the same order.

    Each draw depends on the seed, the current weights, and the previous draws. Each source is read in its own random
    order, which changes on each pass. With several ranks, each rank draws everything and uses its share.

    Args:
        sizes: The number of samples of each source.
        weights: The weight of each source, as :func:`data_mix_actuators` changes it.
        batch_size: The number of samples in one batch, on all ranks together.
        seed: The seed of the draws.
        batches_per_epoch: The number of batches in an epoch. An iterator is exhausted at the end of its epoch. Default:
            iterators are infinite.
        rank, world_size: These determine which share of each batch belongs to this rank.

    Raises:
        ValueError: if ``sizes`` and ``weights`` have different sources, a source is empty, or the batch size is not
            divisible by the number of ranks.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        weights: Dict[str, float],
        *,
        batch_size: int,
        seed: int = 0,
        batches_per_epoch: Optional[int] = None,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if list(sizes) != list(weights) or not sizes:
            raise ValueError(f"`sizes` and `weights` must have the same sources, got {list(sizes)} and {list(weights)}")
        if any(size < 1 for size in sizes.values()):
            raise ValueError(f"each source must have at least one sample, got {dict(sizes)!r}")
        if batch_size < 1 or batch_size % world_size != 0:
            raise ValueError(f"`batch_size` must be divisible by the {world_size} ranks, got {batch_size}")
        self.weights = weights
        self._sizes = dict(sizes)
        self._size = batch_size
        self._seed = seed
        self._per_epoch = batches_per_epoch
        self._rank, self._world = rank, world_size
        #: The number of the first step, and the number of batches in a step.
        self.first_step, self.batches_per_step = 0, 1
        self._orders: Dict[str, Tuple[int, List[int]]] = {}
        self._generation = 0
        self._begin()

    def _begin(self) -> None:
        self._draws = 0  # Samples that were drawn, including those that were skipped.
        self._place = 0  # The next step whose data has not been drawn yet.
        self._used = dict.fromkeys(self._sizes, 0)
        self._skipped: List[Tuple[int, int]] = []
        # Batches that were drawn but not yet trained on, since a loader prefetches.
        self._ahead: Deque[List[Sample]] = deque()
        self._drawn = 0
        self._trained = 0
        self._samples = dict.fromkeys(self._sizes, 0)

    # -- controls

    def actuators(self, bounds: Tuple[float, float] = (0.0, 1.0)) -> List[Actuator]:
        """Returns the controls for the weights."""
        return data_mix_actuators(self.weights, bounds)

    def skip(self, first: int, last: int) -> Callable[[], None]:
        """Skips the data of the steps ``first`` to ``last``, both inclusive; the data of later steps moves up. Batches
        that a loader has already fetched are still used.

        Returns:
            A function that undoes it.

        Raises:
            ValueError: for steps in the wrong order, or before the first one.
        """
        if first < self.first_step or last < first:
            raise ValueError(f"the steps must be in order and at least {self.first_step}, got {first} to {last}")
        before = self._skipped
        self._skipped = [*before, (first - self.first_step, last - self.first_step)]

        def back() -> None:
            self._skipped = before

        return back

    def skip_data(self, env: Any, first: Any, last: Any) -> Callable[[], None]:
        """:meth:`skip` as a function of a kernel: ``kernel.register("data.skip", mix.skip_data)``."""
        return self.skip(int(first), int(last))

    # -- the training

    def __iter__(self) -> Iterator[List[int]]:
        """Yields the batches that have not been trained on yet, as indices into the concatenation of the sources."""
        offsets = self._offsets()
        generation, at = self._generation, self._trained
        while True:
            if generation != self._generation:  # The state was loaded, so the iterator continues from there.
                generation, at = self._generation, self._trained
            at = max(at, self._trained)
            yield [offsets[name] + place for name, place in self._mine(self._at(at))]
            at += 1
            if self._per_epoch is not None and at % self._per_epoch == 0:
                return

    def draw(self) -> List[Sample]:
        """Returns the next batch to train on, for a loop without a loader. It stays the same until :meth:`trained` is
        called.
        """
        return self._mine(self._at(self._trained))

    def trained(self) -> None:
        """Marks the next batch as trained. Call it before the safe point of its step."""
        for name, _ in self._at(self._trained):
            self._samples[name] += 1
        self._ahead.popleft()
        self._trained += 1

    def metrics(self) -> Dict[str, int]:
        """Returns the number of samples from each source that were trained on, across all ranks: ``samples/<name>``."""
        return {f"samples/{name}": count for name, count in self._samples.items()}

    def _at(self, number: int) -> List[Sample]:
        while self._drawn <= number:
            self._ahead.append(self._next(self._drawn))
            self._drawn += 1
        return self._ahead[number - self._trained]

    def _mine(self, batch: Sequence[Sample]) -> List[Sample]:
        share = self._size // self._world
        return list(batch[self._rank * share : (self._rank + 1) * share])

    def _next(self, number: int) -> List[Sample]:
        if number % self.batches_per_step == 0:
            place = self._place_of(number // self.batches_per_step)
            while self._place < place:
                for _ in range(self.batches_per_step):
                    self._take()
                self._place += 1
            self._place += 1
        return self._take()

    # The steps of each window do not count the steps that earlier windows skip.
    def _place_of(self, step: int) -> int:
        for first, last in reversed(self._skipped):
            if step >= first:
                step += last - first + 1
        return step

    def _take(self) -> List[Sample]:
        names, limits = self._limits()
        return [self._sample(names, limits) for _ in range(self._size)]

    def _limits(self) -> Tuple[List[str], List[float]]:
        total = sum(self.weights[name] for name in self._sizes)
        limits: List[float] = []
        reached = 0.0
        for name in self._sizes:
            reached += self.weights[name] / total if total > 0 else 1 / len(self._sizes)
            limits.append(reached)
        return list(self._sizes), limits

    def _sample(self, names: List[str], limits: List[float]) -> Sample:
        value = uniform(self._seed, self._draws)
        self._draws += 1
        for name, limit in zip(names, limits):
            if value < limit:
                return name, self._row(name)
        # Rounding can leave a value above all limits. In that case the last source with a share is used.
        last = [i for i, limit in enumerate(limits) if limit > (limits[i - 1] if i else 0.0)][-1]
        return names[last], self._row(names[last])

    def _row(self, name: str) -> int:
        used = self._used[name]
        self._used[name] = used + 1
        turn, at = divmod(used, self._sizes[name])
        known = self._orders.get(name)
        if known is None or known[0] != turn:
            order = list(range(self._sizes[name]))
            random.Random(f"{self._seed}/{name}/{turn}").shuffle(order)
            known = self._orders[name] = (turn, order)
        return known[1][at]

    def _offsets(self) -> Dict[str, int]:
        offsets, total = {}, 0
        for name, size in self._sizes.items():
            offsets[name] = total
            total += size
        return offsets

    # -- checkpoints

    def state_dict(self) -> Dict[str, Any]:
        """Returns the state for a checkpoint, without the weights, which the kernel stores."""
        return {
            "draws": self._draws,
            "place": self._place,
            "used": dict(self._used),
            "skipped": [list(one) for one in self._skipped],
            "ahead": [[list(sample) for sample in batch] for batch in self._ahead],
            "trained": self._trained,
            "samples": dict(self._samples),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Loads the state from a checkpoint.

        Raises:
            ValueError: if the state belongs to different sources.
        """
        if list(state["used"]) != list(self._sizes):
            used, sizes = list(state["used"]), list(self._sizes)
            raise ValueError(f"this checkpoint has the sources {used}, but the training run has {sizes}")
        self._draws, self._place = state["draws"], state["place"]
        self._used, self._samples = dict(state["used"]), dict(state["samples"])
        self._skipped = [(first, last) for first, last in state["skipped"]]
        self._ahead = deque([(name, place) for name, place in batch] for batch in state["ahead"])
        self._trained = state["trained"]
        self._drawn = self._trained + len(self._ahead)
        self._generation += 1


def mixed_dataset(mix: DataMix, sources: Mapping[str, Any]) -> Any:
    """Returns an iterable dataset of samples in a mixture's order, for trainers that create their own loader. The
    loader's batch size must be the same as the mixture's.

    Args:
        sources: The sources, by their names in the mixture. Each must support indexing.
    """
    from torch.utils.data import IterableDataset

    offsets = mix._offsets()
    names = list(offsets)

    class Mixed(IterableDataset):  # type: ignore[misc]
        def __iter__(self) -> Iterator[Any]:
            for batch in mix:
                for number in batch:
                    name = next(one for one in reversed(names) if number >= offsets[one])
                    yield sources[name][number - offsets[name]]

    return Mixed()


def uniform(seed: int, number: int) -> float:
    """Returns a number in [0, 1) that depends only on the arguments: SplitMix64 (Steele, Lea, Flood 2014)."""
    z = (seed * 0x9E3779B97F4A7C15 + (number + 1) * 0xD1B54A32D192ED03) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return float((z ^ (z >> 31)) >> 11) / float(1 << 53)
