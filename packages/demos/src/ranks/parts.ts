import type { DigitsTrainer, StepGradients } from '../digits/trainer.ts'
import type { Crew } from './crew.ts'

/** Computes the parts of a step's batch, each on its own rank or, if that is lost, on one of the remaining ranks. */
export interface Parts {
  /** Returns all parts, in order. */
  gather(trainer: DigitsTrainer, step: number): Promise<readonly StepGradients[]>
  /** Stores a part from another rank. */
  take(step: number, shard: number, share: StepGradients): void
}

export function createParts(crew: Crew): Parts {
  const worldSize = crew.members.length + 1
  const all = Array.from({ length: worldSize }, (_, shard) => shard)
  const shares = new Map<number, StepGradients>()
  const asked = new Map<number, number>()
  let step = -1

  function ownerOf(shard: number): number {
    if (shard === 0 || crew.of(shard)?.lost === null) return shard
    const left = [0, ...crew.here().map(({ rank }) => rank)]
    return left[shard % left.length] ?? 0
  }

  /** Requests the parts that no rank is computing; returns rank 0's own. */
  function deal(): readonly number[] {
    const open = all.filter((shard) => !shares.has(shard) && asked.get(shard) !== ownerOf(shard))
    for (const shard of open) asked.set(shard, ownerOf(shard))
    for (const member of crew.here()) {
      const shards = open.filter((shard) => asked.get(shard) === member.rank)
      if (shards.length > 0) member.send({ kind: 'work', step, shards })
    }
    return open.filter((shard) => asked.get(shard) === 0)
  }

  function isOwing(rank: number): boolean {
    return all.some((shard) => !shares.has(shard) && asked.get(shard) === rank)
  }

  return {
    async gather(trainer, at) {
      step = at
      shares.clear()
      asked.clear()
      while (shares.size < worldSize) {
        // The other ranks compute at the same time as this rank.
        for (const shard of deal()) shares.set(shard, trainer.gradients(step, { rank: shard, worldSize }))
        const left = crew.here()
        await crew.until(() => {
          const isLess = left.some((member) => member.lost !== null)
          return isLess ? [] : left.filter(({ rank }) => isOwing(rank))
        })
      }
      return all.flatMap((shard) => shares.get(shard) ?? [])
    },
    take(of, shard, share) {
      if (of === step) shares.set(shard, share)
    },
  }
}
