import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openControls } from '../src/node.ts'
import { acksOf, ask, brief, temporaryFolder, write } from './queue.ts'

interface Trainer {
  readonly seen: unknown[]
  readonly said: string[]
  poll(): readonly string[]
}

/** A trainer that records the first argument of every `x`. */
function trainer(dir: string): Trainer {
  const [seen, said]: [unknown[], string[]] = [[], []]
  const controls = openControls({
    dir,
    budgetMs: Number.POSITIVE_INFINITY,
    log: (message) => void said.push(message),
  })
  controls.register('x', (_ctx, value) => void seen.push(value))
  return { seen, said, poll: () => brief(controls.pollAndApply({ every: 0 })) }
}

test('a line that is written byte by byte is read once, when its newline arrives', () => {
  const dir = temporaryFolder()
  const { seen, said, poll } = trainer(dir)
  const bytes = Buffer.from('{"id": "é", "path": "x", "args": ["€ \\u20ac 🙂"]}\n')
  for (let i = 0; i < bytes.length - 1; i++) {
    write(dir, bytes.subarray(i, i + 1))
    expect(poll()).toEqual([])
  }
  write(dir, bytes.subarray(-1))
  expect(poll()).toEqual(['é applied'])
  expect({ seen, said }).toEqual({ seen: ['€ € 🙂'], said: [] })
})

test('a line torn at any position by a restart is read once', () => {
  const line = Buffer.from('{"id": "a", "path": "x", "args": ["é"]}\n{"id": "b", "path": "x", "args": [2]}\n')
  for (let cut = 0; cut <= line.length; cut++) {
    const dir = temporaryFolder()
    write(dir, line.subarray(0, cut))
    const first = trainer(dir)
    const before = first.poll()
    write(dir, line.subarray(cut))
    const second = trainer(dir)
    expect([...before, ...second.poll()], `cut at ${cut}`).toEqual(['a applied', 'b applied'])
    expect([...first.seen, ...second.seen], `cut at ${cut}`).toEqual(['é', 2])
    expect(brief(acksOf(dir)), `cut at ${cut}`).toEqual(['a applied', 'b applied'])
  }
})

test('a command whose ack is torn at any position by a kill is eventually acked once', () => {
  const whole = '{"id": "a", "ts": 1, "path": "x", "op": "set", "status": "applied", "args": [1], "kwargs": {}}\n'
  for (let cut = 0; cut <= whole.length; cut++) {
    const dir = temporaryFolder()
    ask(dir, ['a', 'x', 1])
    writeFileSync(join(dir, 'acks.jsonl'), whole.slice(0, cut))
    const { seen, said, poll } = trainer(dir)
    poll()
    // An ack that lacks only its newline is complete.
    const wasWhole = cut >= whole.length - 1
    expect(seen, `cut at ${cut}`).toEqual(wasWhole ? [] : [1])
    expect(said, `cut at ${cut}`).toEqual(wasWhole || cut === 0 ? [] : ['skipped 1 invalid line in the acks file'])
  }
})

test('invalid UTF-8, zero bytes and a line that is too long are rejected, and later lines are read', () => {
  const dir = temporaryFolder()
  const { seen, poll } = trainer(dir)
  write(dir, Buffer.from([0x7b, 0xff, 0xfe, 0x0a, 0x00, 0x00, 0x0a]))
  write(dir, `"${'x'.repeat(16 * 1024 * 1024)}"\n`)
  ask(dir, ['a', 'x', 1])
  const acks: string[] = []
  for (let i = 0; i < 40; i++) acks.push(...poll())
  expect(acks.map((ack) => ack.replace(/^o\d+-\w+ /, '').replace(/JSON: .*/, 'JSON'))).toEqual([
    'rejected: unsupported op: invalid: not valid JSON',
    'rejected: unsupported op: invalid: not valid JSON',
    'rejected: unsupported op: invalid: a line of 16777219 bytes is too long',
    'a applied',
  ])
  expect(seen).toEqual([1])
  expect(trainer(dir).poll()).toEqual([])
})

test('a command file that is deleted, replaced or truncated is read from its start, and acked commands are skipped', async () => {
  const dir = temporaryFolder()
  const commands = join(dir, 'commands.jsonl')
  const { seen, said, poll } = trainer(dir)
  ask(dir, ['a', 'x', 1], ['b', 'x', 2])
  poll()
  rmSync(commands)
  expect(poll()).toEqual([])
  ask(dir, ['a', 'x', 1], ['c', 'x', 3])
  expect(poll()).toEqual(['c applied'])
  writeFileSync(commands, '')
  ask(dir, ['d', 'x', 4])
  expect(poll()).toEqual(['d applied'])
  // The new content differs but has the same length.
  writeFileSync(commands, readFileSync(commands, 'utf8').replace('"d"', '"D"').replace('[4]', '[0]'))
  expect(poll()).toEqual(['D applied'])
  writeFileSync(join(dir, 'other'), '{"id": "e", "path": "x", "args": [5]}\n{"id": "c", "path": "x", "args": [3]}\n')
  renameSync(join(dir, 'other'), commands)
  // A file that was renamed does not change itself, so its name is checked every 100 ms.
  await new Promise((resolve) => setTimeout(resolve, 120))
  expect(poll()).toEqual(['e applied'])
  expect(seen).toEqual([1, 2, 3, 4, 0, 5])
  expect(said).toEqual([
    'the command file was replaced: it is read from the start, and acked commands are skipped',
    'the command file was truncated: it is read from the start, and acked commands are skipped',
    'the command file was rewritten: it is read from the start, and acked commands are skipped',
    'the command file was replaced: it is read from the start, and acked commands are skipped',
  ])
})

test('a duplicate id is applied once, and the second is reported', () => {
  const dir = temporaryFolder()
  const { seen, said, poll } = trainer(dir)
  ask(dir, ['a', 'x', 1], ['a', 'x', 2], ['b', 'x', 3])
  expect(poll()).toEqual(['a applied', 'b applied'])
  expect({ seen, said }).toEqual({
    seen: [1, 3],
    said: ['the ID a is in the queue twice: the second command is skipped'],
  })
})

test('while acks cannot be read, no command is executed, because it might already have been applied', () => {
  const dir = temporaryFolder()
  ask(dir, ['a', 'x', 1])
  const { seen, said, poll } = trainer(dir)
  const acks = join(dir, 'acks.jsonl')
  // Root can read any file, but not a directory with its name.
  rmSync(acks)
  mkdirSync(acks)
  expect(poll()).toEqual([])
  expect(poll()).toEqual([])
  expect({ seen, said }).toEqual({ seen: [], said: [`cannot read \`${acks}\`: it is a directory`] })
  rmSync(acks, { recursive: true })
  expect(poll()).toEqual(['a applied'])
})
