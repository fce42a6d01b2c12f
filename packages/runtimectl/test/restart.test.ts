import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Json, type JsonObject, parseJson } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { type CommandQueue, type Controls, createControls } from '../src/index.ts'
import { openQueue } from '../src/node/queue.ts'
import { openControls } from '../src/node.ts'
import { acksOf, ask, brief, temporaryFolder } from './queue.ts'

interface Trainer {
  readonly applied: unknown[]
}

interface Started {
  readonly trainer: Trainer
  readonly controls: Controls<Trainer>
  readonly notes: string[]
  poll(): void
}

/** A trainer that continues from a checkpoint; without one, from its first step. */
function start(dir: string, checkpoint: Json = null, applied: readonly unknown[] = []): Started {
  const notes: string[] = []
  const trainer: Trainer = { applied: [...applied] }
  const controls = openControls<Trainer>({ budgetMs: Number.POSITIVE_INFINITY, log: (text) => void notes.push(text) })
  register(controls)
  controls.restore(checkpoint)
  controls.configure(dir)
  return { trainer, controls, notes, poll: () => void controls.pollAndApply({ ctx: trainer, every: 0 }) }
}

function register(controls: Controls<Trainer>): void {
  controls.register('add', ({ applied }, ...args) => void applied.push(...args))
  controls.register('refused', () => {
    throw new Error('no')
  })
}

describe('a trainer that continues from a checkpoint', () => {
  test('re-applies the acked commands that the checkpoint lacks, in order, once, and without a second ack', () => {
    const dir = temporaryFolder()
    const first = start(dir)
    ask(dir, ['a', 'add', 1], ['b', 'add', 2])
    first.poll()
    const checkpoint = first.controls.snapshot()
    ask(dir, ['c', 'add', 3, 4], ['d', 'refused'], ['e', 'nosuch'], ['f', 'add', 5])
    first.poll()
    first.controls.close()
    const acks = brief(acksOf(dir))

    const second = start(dir, checkpoint, [1, 2])
    second.poll()
    second.poll()
    expect(second.trainer.applied).toEqual([1, 2, 3, 4, 5])
    expect(brief(acksOf(dir))).toEqual(acks)
    expect(second.notes).toEqual([
      expect.stringContaining('re-applied because they are not in the checkpoint: 2 commands'),
    ])
    const later = second.controls.snapshot()
    ask(dir, ['g', 'add', 6])
    second.poll()
    second.controls.close()

    const third = start(dir, later, [1, 2, 3, 4, 5])
    third.poll()
    expect(third.trainer.applied).toEqual([1, 2, 3, 4, 5, 6])
    third.controls.close()
  })

  test('re-applies nothing that the checkpoint contains, and logs nothing', () => {
    const dir = temporaryFolder()
    const first = start(dir)
    ask(dir, ['a', 'add', 1])
    first.poll()
    const checkpoint = first.controls.snapshot()
    first.controls.close()
    const second = start(dir, checkpoint, [1])
    second.poll()
    expect([second.trainer.applied, second.notes]).toEqual([[1], []])
    second.controls.close()
  })

  test('re-applies all commands if it starts from the first step', () => {
    const dir = temporaryFolder()
    const first = start(dir)
    ask(dir, ['a', 'add', 1], ['b', 'refused'], ['c', 'add', 2])
    first.poll()
    first.controls.close()
    const second = start(dir)
    second.poll()
    expect(second.trainer.applied).toEqual([1, 2])
    second.controls.close()
  })

  test('re-applies nothing if the acks do not belong to the checkpoint', () => {
    const dir = temporaryFolder()
    const first = start(dir)
    ask(dir, ['a', 'add', 1])
    first.poll()
    const checkpoint = first.controls.snapshot()
    first.controls.close()
    const path = join(dir, 'acks.jsonl')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"a"', '"z"').repeat(2))
    const second = start(dir, checkpoint, [1])
    second.poll()
    // `a` no longer has an ack, so it counts as a new command.
    expect(second.trainer.applied).toEqual([1, 1])
    expect(second.notes).toEqual(['the acks do not belong to the checkpoint: nothing is re-applied'])
    second.controls.close()
  })

  test('skips and counts lines in the acks file that are not acks', () => {
    const dir = temporaryFolder()
    const first = start(dir)
    ask(dir, ['a', 'add', 1])
    first.poll()
    first.controls.close()
    appendFileSync(
      join(dir, 'acks.jsonl'),
      '{\n5\n{"status":"applied","path":"add"}\n{"id":7,"status":"applied","path":"add","args":[7]}\n',
    )
    const second = start(dir)
    second.poll()
    expect(second.trainer.applied).toEqual([1, 7])
    expect(second.notes).toContain('skipped 3 invalid lines in the acks file')
    second.controls.close()
  })

  test('has a snapshot before its queue is known: the restored one, or that of the first step', () => {
    const restored = { acks: 12, last: 'a', ids: ['b'], pending: [{ id: 'c', line: '{}\n' }] }
    const controls = openControls<Trainer>({})
    expect(controls.snapshot()).toEqual({ acks: 0, last: null, ids: [], pending: [] })
    controls.restore(restored)
    expect(controls.snapshot()).toEqual(restored)
    controls.configure(temporaryFolder())
    expect(controls.snapshot()).toEqual(restored)
    controls.close()
  })

  test.each<[string, Json]>([
    ['a string', 'x'],
    ['an empty object', {}],
    ['a position that is not a number', { acks: '1', last: null, ids: [], pending: [] }],
    ['a last id that is not a string', { acks: 1, last: 5, ids: [], pending: [] }],
    ['ids that are not a list', { acks: 1, last: null, ids: 'a', pending: [] }],
    ['no list of pending acks', { acks: 1, last: null, ids: [] }],
  ])('refuses %s as a snapshot', (_, snapshot) => {
    const controls = openControls<Trainer>({})
    expect(() => controls.restore(snapshot)).toThrow('`snapshot` must be the result of `snapshot()`, or null')
  })

  test('ignores malformed pending acks in a snapshot', () => {
    const controls = openControls<Trainer>({})
    const pending = [5, { id: 'a' }, { line: 'x' }, { id: 'b', line: 'y' }]
    controls.restore({ acks: 0, last: null, ids: [], pending })
    expect(controls.snapshot()).toMatchObject({ pending: [{ id: 'b', line: 'y' }] })
  })
})

describe('a full disk', () => {
  function openFaulty(dir: string, disk: { isFull: boolean }): Controls<Trainer> {
    let time = 0
    const faulty = (queue: CommandQueue): CommandQueue => {
      let kept = ''
      const put = (text: string): string | null => {
        kept += text
        if (disk.isFull) return 'no space left'
        const all = kept
        kept = ''
        return queue.append(all)
      }
      return {
        ...queue,
        append: put,
        flush: () => (kept === '' ? null : put('')),
        get ackBytes() {
          return queue.ackBytes
        },
      }
    }
    const controls = createControls<Trainer>(
      {
        openQueue: (path) => faulty(openQueue(path, () => time)),
        now: () => ++time,
        wallTime: () => 1,
        newId: () => 'id',
        parse: parseJson,
      },
      { budgetMs: Number.POSITIVE_INFINITY },
    )
    register(controls)
    controls.restore(null)
    controls.configure(dir)
    return controls
  }

  test('a checkpoint contains the acks that are not on disk, and the next process writes them once', () => {
    const dir = temporaryFolder()
    const disk = { isFull: false }
    const trainer: Trainer = { applied: [] }
    const first = openFaulty(dir, disk)
    ask(dir, ['a', 'add', 1])
    first.pollAndApply({ ctx: trainer, every: 0 })
    disk.isFull = true
    ask(dir, ['b', 'add', 2], ['c', 'add', 3])
    first.pollAndApply({ ctx: trainer, every: 0 })
    const checkpoint = first.snapshot()
    expect(checkpoint).toMatchObject({ last: 'a', pending: [{ id: 'b' }, { id: 'c' }] })
    expect(brief(acksOf(dir))).toEqual(['a applied'])

    const second = start(dir, checkpoint, trainer.applied)
    second.poll()
    expect(second.trainer.applied).toEqual([1, 2, 3])
    expect(brief(acksOf(dir))).toEqual(['a applied', 'b applied', 'c applied'])
    second.controls.close()
  })

  test('once it has space again, the same process writes all acks, each once and in order', () => {
    const dir = temporaryFolder()
    const disk = { isFull: true }
    const trainer: Trainer = { applied: [] }
    const controls = openFaulty(dir, disk)
    ask(dir, ['a', 'add', 1])
    controls.pollAndApply({ ctx: trainer, every: 0 })
    ask(dir, ['b', 'add', 2])
    controls.pollAndApply({ ctx: trainer, every: 0 })
    disk.isFull = false
    ask(dir, ['c', 'add', 3])
    controls.pollAndApply({ ctx: trainer, every: 0 })
    expect(brief(acksOf(dir))).toEqual(['a applied', 'b applied', 'c applied'])
    expect(controls.snapshot()).toMatchObject({ last: 'c', pending: [] } satisfies JsonObject)
    expect(trainer.applied).toEqual([1, 2, 3])
    controls.close()
  })
})
