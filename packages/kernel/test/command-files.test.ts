import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCommandFiles } from '../src/node/command-files.ts'
import { runDir } from './run-dir.ts'

const SHARED = 'hotcb.commands.jsonl'

function open(dir: string) {
  const said: string[] = []
  return { said, source: openCommandFiles(dir, { network: false, note: (message) => void said.push(message) }) }
}

function add(dir: string, content: string, name: string | null = null): void {
  if (name === null) appendFileSync(join(dir, SHARED), content)
  else {
    mkdirSync(join(dir, 'hotcb.commands.d'), { recursive: true })
    appendFileSync(join(dir, 'hotcb.commands.d', name), content)
  }
}

/** Makes the change of a folder visible, since its time may be the same as before. */
function touch(dir: string, seconds: number): void {
  utimesSync(join(dir, 'hotcb.commands.d'), seconds, seconds)
}

const EMPTY = { lines: [], reset: [], refused: [], more: false }

test('without command files there is nothing to read, and a file that appears is found', () => {
  const dir = runDir()
  const { source, said } = open(dir)
  expect([
    source.look(),
    source.read(1000),
    source.sizes?.(),
    source.offsets?.(),
    [...(source.ahead?.() ?? [])],
  ]).toEqual([false, EMPTY, { [SHARED]: 0 }, { [SHARED]: 0 }, []])
  add(dir, 'a\nb\n')
  source.refresh?.()
  expect(source.look()).toBe(true)
  expect(source.read(1000)).toEqual({
    ...EMPTY,
    lines: [
      { writer: null, offset: 0, text: 'a' },
      { writer: null, offset: 2, text: 'b' },
    ],
  })
  expect([source.look(), source.offsets?.(), source.sizes?.(), said]).toEqual([
    false,
    { [SHARED]: 4 },
    { [SHARED]: 4 },
    [],
  ])
  source.close?.()
})

test('each host has its own file, read after the shared one, by name', () => {
  const dir = runDir()
  add(dir, 'b\n', 'b.jsonl')
  add(dir, 'a\n', 'a.jsonl')
  add(dir, 'x\n', 'notes.txt')
  add(dir, 'shared\n')
  const { source } = open(dir)
  expect(source.read(1000).lines).toEqual([
    { writer: null, offset: 0, text: 'shared' },
    { writer: 'a.jsonl', offset: 0, text: 'a' },
    { writer: 'b.jsonl', offset: 0, text: 'b' },
  ])
  expect(source.offsets?.()).toEqual({ [SHARED]: 7, 'a.jsonl': 2, 'b.jsonl': 2 })
  add(dir, 'late\n', 'c.jsonl')
  touch(dir, 1000)
  source.refresh?.()
  expect(source.read(1000).lines).toEqual([{ writer: 'c.jsonl', offset: 0, text: 'late' }])
  // The same files again: none is read twice.
  touch(dir, 2000)
  source.refresh?.()
  expect(source.read(1000)).toEqual(EMPTY)
  expect(Object.keys(source.sizes?.() ?? {})).toEqual([SHARED, 'a.jsonl', 'b.jsonl', 'c.jsonl'])
})

test('a long file is read in pieces', () => {
  const dir = runDir()
  const lines = Array.from({ length: 100 }, (_, i) => `${'x'.repeat(90)} ${i}`)
  add(dir, `${lines.join('\n')}\n`)
  const { source } = open(dir)
  const first = source.read(1000)
  expect([first.more, first.lines.length < 100, first.lines.length > 0]).toEqual([true, true, true])
  let rest = first.lines.length
  for (let more = first.more; more; ) {
    const batch = source.read(1000)
    rest += batch.lines.length
    more = batch.more
  }
  expect([rest, source.offsets?.()[SHARED]]).toEqual([100, statSync(join(dir, SHARED)).size])
})

test('a replaced file is read from its start, and is listed in `reset`', () => {
  const dir = runDir()
  add(dir, 'a\nb\n')
  add(dir, 'h\n', 'h.jsonl')
  const { source } = open(dir)
  source.read(1000)
  writeFileSync(join(dir, 'new'), 'c\n')
  renameSync(join(dir, 'new'), join(dir, SHARED))
  source.refresh?.()
  expect(source.look()).toBe(true)
  expect(source.read(1000)).toMatchObject({ reset: [null], lines: [{ writer: null, offset: 0, text: 'c' }] })
  truncateSync(join(dir, 'hotcb.commands.d', 'h.jsonl'), 0)
  add(dir, 'i\n', 'h.jsonl')
  rmSync(join(dir, 'hotcb.commands.d', 'h.jsonl'))
  add(dir, 'j\n', 'h.jsonl')
  source.refresh?.()
  expect(source.read(1000)).toMatchObject({ reset: ['h.jsonl'], lines: [{ writer: 'h.jsonl', offset: 0, text: 'j' }] })
})

test('lines are read ahead without being taken, each once, even in a new or a truncated file', () => {
  const dir = runDir()
  add(dir, 'a\n')
  add(dir, 'h\n', 'h.jsonl')
  const { source } = open(dir)
  const ahead = (): unknown[] => [...(source.ahead?.() ?? [])].map(({ writer, offset, text }) => [writer, offset, text])
  expect(ahead()).toEqual([
    [null, 0, 'a'],
    ['h.jsonl', 0, 'h'],
  ])
  expect(ahead()).toEqual([])
  add(dir, 'b\n')
  add(dir, 'i\n', 'i.jsonl')
  touch(dir, 1000)
  expect(ahead()).toEqual([
    [null, 2, 'b'],
    ['i.jsonl', 0, 'i'],
  ])
  writeFileSync(join(dir, SHARED), 'c\n')
  expect(ahead()).toEqual([[null, 0, 'c']])
  expect(source.offsets?.()[SHARED]).toBe(0)
})

test('a line that is too long is refused with its size, and the next one is read', () => {
  const dir = runDir()
  const bytes = 16 * 1024 * 1024 + 1
  add(dir, `${'x'.repeat(bytes)}\nnext\n`)
  const { source } = open(dir)
  const refused: unknown[] = []
  const texts: string[] = []
  for (let more = true; more; ) {
    const batch = source.read(4 * 1024 * 1024)
    refused.push(...batch.refused)
    texts.push(...batch.lines.map(({ text }) => text))
    more = batch.more
  }
  expect(texts).toEqual(['next'])
  expect(refused).toEqual([
    { writer: null, offset: 0, reason: `byte 0: a line of ${bytes + 1} bytes is too long: the limit is 16 MiB` },
  ])
})

test('a file that cannot be opened is reported once, and the others are read', () => {
  const dir = runDir()
  mkdirSync(join(dir, 'hotcb.commands.d', 'b.jsonl'), { recursive: true })
  add(dir, 'a\n')
  const { source, said } = open(dir)
  for (let i = 1; i < 4; i++) {
    touch(dir, i * 1000)
    source.refresh?.()
  }
  expect(source.read(1000).lines).toEqual([{ writer: null, offset: 0, text: 'a' }])
  const path = join(dir, 'hotcb.commands.d', 'b.jsonl')
  expect(said).toEqual([`command files: cannot read \`${path}\`: it is a directory`])
})
