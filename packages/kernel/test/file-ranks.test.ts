import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FileCollectiveOptions, openFileCollective, type RankPort } from '../src/node.ts'
import { runDir } from './run-dir.ts'

const open = (dir: string, rank: number, world = 2, options: FileCollectiveOptions = {}): RankPort =>
  openFileCollective(dir, rank, world, options)
const linesOf = (dir: string, name: string): unknown[] =>
  readFileSync(join(dir, name), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** Lets another rank act the first time that this one waits. */
function once(act: () => void): () => null {
  let isDone = false
  return () => {
    if (!isDone) {
      isDone = true
      act()
    }
    return null
  }
}

test('each rank writes its own file, one line for each text', () => {
  const dir = runDir()
  const [zero, one] = [open(dir, 0), open(dir, 1)]
  expect(readdirSync(dir).sort()).toEqual(['rank-0.0.jsonl', 'rank-1.0.jsonl'])
  expect([zero.broadcast('a "quoted"\ntext'), zero.broadcast(null)]).toEqual(['a "quoted"\ntext', ''])
  expect(linesOf(dir, 'rank-0.0.jsonl')).toEqual(['a "quoted"\ntext', ''])
  expect([one.broadcast(null), one.broadcast(null)]).toEqual(['a "quoted"\ntext', ''])
  expect(linesOf(dir, 'rank-1.0.jsonl')).toEqual([])
  for (const port of [zero, one]) port.close()
})

test('a directory from an earlier start is refused with its path, and only its own file counts', () => {
  const dir = runDir()
  const first = open(dir, 0)
  first.broadcast('x')
  first.close()
  expect(() => open(dir, 0)).toThrow(new Error(`\`${dir}\` was used by an earlier start: ranks need a new directory`))
  open(dir, 1).close()
})

test('a reason to give up is written once, and every later call throws it', () => {
  const dir = runDir()
  const zero = open(dir, 0)
  zero.giveUp('killed')
  zero.giveUp('again')
  expect(linesOf(dir, 'rank-0.0.jsonl')).toEqual([{ lost: 'killed' }])
  for (const call of [() => zero.broadcast('x'), () => zero.allGather('x')]) expect(call).toThrow(new Error('killed'))
  expect(linesOf(dir, 'rank-0.0.jsonl')).toEqual([{ lost: 'killed' }])
  expect(zero.missed).toBeNull()
})

test('a rank finds out from rank 0 that the awaited rank is lost, after the texts of rank 0', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'rank-0.0.jsonl'), '"last"\n"of 0"\n{"lost":"rank 2 has ended"}\n')
  const one = open(dir, 1, 3)
  expect(one.broadcast(null)).toBe('last')
  expect(() => one.allGather('of 1')).toThrow(new Error('rank 2 has ended'))
  expect([one.missed, linesOf(dir, 'rank-1.0.jsonl')]).toEqual([null, ['of 1', { lost: 'rank 2 has ended' }]])
  one.close()
})

test('texts that were sent before a rank gave up are received first, even by `allGather`', () => {
  const dir = runDir()
  const [zero, one] = [open(dir, 0), open(dir, 1)]
  const gathered: (readonly string[])[] = []
  const turn = once(() => void gathered.push(one.allGather('of 1')))
  zero.close()
  rmSync(join(dir, 'rank-0.0.jsonl'))
  const lead = open(dir, 0, 2, { gone: turn })
  gathered.push(lead.allGather('of 0'))
  expect(gathered).toEqual([
    ['of 0', 'of 1'],
    ['of 0', 'of 1'],
  ])
  lead.broadcast('more')
  lead.giveUp('done')
  expect(one.broadcast(null)).toBe('more')
  expect(() => one.broadcast(null)).toThrow(new Error('done'))
  expect(linesOf(dir, 'rank-1.0.jsonl')).toEqual(['of 1', { lost: 'done' }])
})

test('a full file ends with the number of the next one, and is deleted after two more calls of `allGather`', () => {
  const dir = runDir()
  const texts = (rank: number, round: number): string => `rank ${rank} in round ${round}`
  const bytes = JSON.stringify(texts(0, 0)).length + 1
  const one = open(dir, 1, 2, { fileBytes: bytes })
  let round = 0
  let turn = (): null => null
  const zero = open(dir, 0, 2, { fileBytes: bytes, gone: () => turn() })
  const names = (rank: number): string[] =>
    readdirSync(dir)
      .filter((name) => name.startsWith(`rank-${rank}.`))
      .sort()
  const files: unknown[] = []
  for (round = 0; round < 4; round++) {
    const at = round
    turn = once(() => expect(one.allGather(texts(1, at))).toEqual([texts(0, at), texts(1, at)]))
    expect(zero.allGather(texts(0, at))).toEqual([texts(0, at), texts(1, at)])
    files.push(names(0))
  }
  expect(files).toEqual([
    ['rank-0.0.jsonl'],
    ['rank-0.0.jsonl', 'rank-0.1.jsonl'],
    ['rank-0.1.jsonl', 'rank-0.2.jsonl'],
    ['rank-0.2.jsonl', 'rank-0.3.jsonl'],
  ])
  expect(linesOf(dir, 'rank-0.2.jsonl')).toEqual([texts(0, 2), 3])
  for (const port of [zero, one]) port.close()
})

test('a file has room for one megabyte by default', () => {
  const dir = runDir()
  const zero = open(dir, 0, 1)
  const half = 'x'.repeat(512 * 1024)
  for (let i = 0; i < 2; i++) zero.broadcast(half)
  expect(existsSync(join(dir, 'rank-0.1.jsonl'))).toBe(false)
  zero.broadcast('next')
  expect(linesOf(dir, 'rank-0.1.jsonl')).toEqual(['next'])
  expect(zero.allGather('alone')).toEqual(['alone'])
  zero.close()
})
