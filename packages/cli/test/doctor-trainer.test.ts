import { once } from 'node:events'
import { chmodSync, chownSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeRun } from './answerer.ts'
import { buildProgram, hotcb, temporaryDirectory } from './program.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(async () => {
  buildProgram()
  await buildTrainer()
})

afterAll(removeTrainer)

interface Finding {
  readonly name: string
  readonly state: string
  readonly says: string
  readonly remedy?: string
}

async function findings(dir: string): Promise<{ code: number | null; found: readonly Finding[] }> {
  const { code, out } = await hotcb(['--dir', dir, 'doctor', '--json'])
  return { code, found: JSON.parse(out).findings }
}

test('a healthy run with a live trainer', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  await hotcb(['--dir', dir, 'set', 'lr=0.01', '--wait=280'])
  const states = async () => {
    const { code, found } = await findings(dir)
    return [code, ...found.map(({ name, state }) => `${name} ${state}`)]
  }
  // While the trainer writes a line, the line is incomplete.
  await expect
    .poll(states)
    .toEqual([
      0,
      'node ok',
      'file system ok',
      'space ok',
      'permissions ok',
      'clock ok',
      'trainer ok',
      'versions ok',
      'freeze ok',
      'lines ok',
      'lines ok',
      'lines ok',
    ])
})

test('`doctor` and `set` report missing permissions', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '' })
  const isRoot = process.getuid?.() === 0
  // Root may write everywhere. If the test runs as root, the commands run as the user `nobody`.
  const as = isRoot ? { uid: 65534 } : {}
  if (isRoot) chownSync(dir, 0, 0)
  chmodSync(join(dir, 'hotcb.commands.jsonl'), 0o444)
  chmodSync(dir, 0o555)
  const doctor = await hotcb(['--dir', dir, 'doctor'], as)
  expect(doctor.code).toBe(1)
  expect(doctor.out).toContain(
    `✗ permissions  \`${dir}\` cannot be written; \`hotcb.commands.jsonl\` cannot be written`,
  )
  const set = await hotcb(['--dir', dir, 'set', 'lr=1'], as)
  expect(set).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(/^hotcb: cannot open `.*hotcb\.commands\.jsonl`.*permission denied.*\n$/),
  })
  const freeze = await hotcb(['--dir', dir, 'freeze'], as)
  expect(freeze).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(/^hotcb: cannot write `.*hotcb\.freeze\.json`.*permission denied.*\n$/),
  })
  const init = await hotcb(['--dir', join(dir, 'x'), 'init'], as)
  expect(init).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(/^hotcb: cannot make `.*x`: permission denied \(EACCES\)\n$/),
  })
  chmodSync(dir, 0o755)
})

test('a truncated ledger is reported, and accepted on request; without a trainer nothing needs to be accepted', async () => {
  const dir = temporaryDirectory()
  const trainer = await startTrainer(dir)
  await hotcb(['--dir', dir, 'set', 'lr=0.01', '--wait=280'])
  truncateSync(join(dir, 'hotcb.applied.jsonl'), 0)
  const state = () => JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
  while (state().degraded === null) await new Promise((resolve) => setTimeout(resolve, 20))
  const { code, found } = await findings(dir)
  expect(code).toBe(1)
  expect(found.filter(({ name }) => name === 'ledger')).toEqual([
    {
      name: 'ledger',
      state: 'problem',
      says: expect.stringMatching(/^no changes are accepted: .*: it was truncated from \d+ to 0 bytes/),
      remedy: expect.stringContaining('`hotcb doctor --accept-ledger`'),
    },
  ])
  const { out: status } = await hotcb(['--dir', dir, 'status'])
  expect(status).toMatch(/warning {2}no changes are accepted: .*it was truncated from/)
  expect(await hotcb(['--dir', dir, 'doctor', '--accept-ledger'])).toEqual({
    code: 0,
    out: expect.stringMatching(/^✓ accept the ledger as it is at step \d+ {2}seq \d+\n$/),
    err: '',
  })
  expect((await hotcb(['--dir', dir, 'set', 'lr=0.02', '--wait=280'])).code).toBe(0)
  // The state document is written once a second.
  while (state().degraded !== null) await new Promise((resolve) => setTimeout(resolve, 20))
  expect((await findings(dir)).code).toBe(0)

  trainer.kill('SIGKILL')
  await once(trainer, 'close')
  rmSync(join(dir, 'hotcb.applied.jsonl'))
  expect((await findings(dir)).found.filter(({ name }) => name === 'ledger')).toEqual([
    {
      name: 'ledger',
      state: 'problem',
      says: 'not the ledger that the kernel wrote: it was removed',
      remedy: 'restore it from a copy; without one, the next start continues with the current ledger',
    },
  ])
  expect(await hotcb(['--dir', dir, 'doctor', '--accept-ledger'])).toEqual({
    code: 0,
    out: 'no trainer is running; the next one will continue with the current ledger\n',
    err: '',
  })
})
