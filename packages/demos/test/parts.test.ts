import { expect, test } from 'vitest'
import type { DigitsTrainer, StepGradients } from '../src/index.ts'
import type { Crew } from '../src/ranks/crew.ts'
import { meanOf } from '../src/ranks/mean.ts'
import type { Member } from '../src/ranks/member.ts'
import type { ToRank } from '../src/ranks/messages.ts'
import { createParts } from '../src/ranks/parts.ts'

function shareOf(loss: number): StepGradients {
  const terms = { cross_entropy: loss + 1, label_smoothing: loss + 2, activity: loss + 3 }
  return { loss, terms, accuracy: loss / 8, gradients: Float32Array.of(loss, -loss, 1) }
}

test('the mean of parts is computed for each number, in the order of the parts', () => {
  expect(meanOf([shareOf(1), shareOf(2), shareOf(6)])).toEqual({
    ...{ loss: 3, terms: { cross_entropy: 4, label_smoothing: 5, activity: 6 }, accuracy: 9 / 8 / 3 },
    gradients: Float32Array.of(3, -3, 1),
  })
  expect(meanOf([shareOf(5)])).toEqual(shareOf(5))
})

test('gradients are summed in double precision', () => {
  const of = (value: number): StepGradients => ({ ...shareOf(0), gradients: Float32Array.of(value) })
  expect(meanOf([of(2 ** 24), of(1), of(1), of(-(2 ** 24))]).gradients).toEqual(Float32Array.of(0.5))
})

interface Crewed {
  readonly crew: Crew
  /** The messages that were sent to a rank. */
  readonly sent: [rank: number, message: ToRank][]
  lose(rank: number): void
  /** Called while rank 0 waits, with the ranks that have not answered. */
  during(wait: (owing: readonly number[]) => void): void
}

/** A crew without processes. */
function crewOf(count: number): Crewed {
  const sent: [number, ToRank][] = []
  const lost = new Set<number>()
  let wait = (_: readonly number[]): void => undefined
  const members = Array.from({ length: count }, (_, at): Member => {
    const rank = at + 1
    return {
      ...{ rank, pid: null, unsent: 0, send: (message) => void sent.push([rank, message]), lose: () => undefined },
      get lost() {
        return lost.has(rank) ? 'gone' : null
      },
    }
  })
  const crew: Crew = {
    members,
    here: () => members.filter((member) => member.lost === null),
    of: (rank) => members[rank - 1],
    async until(owing) {
      for (let left = owing(); left.length > 0; left = owing()) wait(left.map(({ rank }) => rank))
    },
    close: () => undefined,
  }
  return {
    ...{ crew, sent, lose: (rank) => void lost.add(rank) },
    during(act) {
      wait = act
    },
  }
}

/** Rank 0's trainer, and the parts that it computed. */
function ownTrainer() {
  const computed: unknown[] = []
  const own: Pick<DigitsTrainer, 'gradients'> = {
    gradients(step, shard) {
      computed.push([step, shard])
      return shareOf(100 * step + (shard?.rank ?? 0))
    },
  }
  // Parts call no other method.
  return { computed, trainer: own as DigitsTrainer }
}

test('each rank is asked for its own part, and the parts are returned in order, whenever they arrive', async () => {
  const { crew, sent, during } = crewOf(2)
  const { computed, trainer } = ownTrainer()
  const parts = createParts(crew)
  const waits: (readonly number[])[] = []
  during((owing) => {
    waits.push(owing)
    const last = owing.at(-1) ?? 0
    parts.take(4, last, shareOf(400 + last))
  })
  expect(await parts.gather(trainer, 4)).toEqual([shareOf(400), shareOf(401), shareOf(402)])
  expect(sent).toEqual([
    [1, { kind: 'work', step: 4, shards: [1] }],
    [2, { kind: 'work', step: 4, shards: [2] }],
  ])
  expect([computed, waits]).toEqual([[[4, { rank: 0, worldSize: 3 }]], [[1, 2], [1]]])
})

test('nothing is kept from one step to the next, and a part for another step does not count', async () => {
  const { crew, sent, during } = crewOf(1)
  const { computed, trainer } = ownTrainer()
  const parts = createParts(crew)
  parts.take(0, 1, shareOf(7))
  for (const step of [0, 1]) {
    let tries = 0
    during(() => {
      tries++
      parts.take(tries === 1 ? step - 1 : step, 1, shareOf(tries === 1 ? -1 : 100 * step + 1))
    })
    expect(await parts.gather(trainer, step)).toEqual([shareOf(100 * step), shareOf(100 * step + 1)])
    expect(tries).toBe(2)
  }
  expect([sent.length, computed.length]).toEqual([2, 2])
})

test("a lost rank's part is requested from a remaining rank, which is not asked for its own part twice", async () => {
  const { crew, sent, lose, during } = crewOf(3)
  const { computed, trainer } = ownTrainer()
  const parts = createParts(crew)
  during((owing) => {
    if (owing.length === 3) {
      parts.take(0, 1, shareOf(1))
      lose(2)
      return
    }
    for (const [rank, message] of sent.slice(3)) {
      if (message.kind === 'work') for (const shard of message.shards) parts.take(0, shard, shareOf(10 * rank + shard))
    }
    parts.take(0, 3, shareOf(3))
  })
  // Of the ranks 0, 1 and 3, the last one is at index 2.
  expect(await parts.gather(trainer, 0)).toEqual([shareOf(0), shareOf(1), shareOf(32), shareOf(3)])
  expect(sent.slice(3)).toEqual([[3, { kind: 'work', step: 0, shards: [2] }]])
  expect(computed).toHaveLength(1)
  // In the next step, it gets both requests in one message.
  sent.length = 0
  during((owing) => {
    for (const rank of owing) parts.take(1, rank, shareOf(rank))
    parts.take(1, 2, shareOf(2))
  })
  expect(await parts.gather(trainer, 1)).toEqual([shareOf(100), shareOf(1), shareOf(2), shareOf(3)])
  expect(sent).toEqual([
    [1, { kind: 'work', step: 1, shards: [1] }],
    [3, { kind: 'work', step: 1, shards: [2, 3] }],
  ])
})

test('if all other ranks are lost, rank 0 computes their parts', async () => {
  const { crew, sent, lose, during } = crewOf(2)
  const { computed, trainer } = ownTrainer()
  const parts = createParts(crew)
  during(() => {
    lose(1)
    lose(2)
  })
  expect(await parts.gather(trainer, 0)).toEqual([shareOf(0), shareOf(1), shareOf(2)])
  expect(computed).toEqual([0, 1, 2].map((rank) => [0, { rank, worldSize: 3 }]))
  expect(sent).toHaveLength(2)
  expect(await parts.gather(trainer, 1)).toEqual([shareOf(100), shareOf(101), shareOf(102)])
  expect(sent).toHaveLength(2)
})
