import { formatLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { candidates } from '../src/parse/candidates.ts'
import { commandsOf, ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

const NOISE = {
  name: 'noise',
  summary: 'Noise on the inputs.',
  ops: [
    {
      op: 'enable',
      aliases: ['use'],
      summary: 'Add noise to the inputs.',
      about: ['Until it is switched off.'],
      examples: [{ type: 'hotcb noise use gauss --strength 0.2', does: 'normal noise' }],
      args: [
        { name: 'kind', help: 'Its distribution.', kind: 'text', into: 'params.kind', options: ['gauss', 'uniform'] },
      ],
      text: 'noise {kind} of {strength}',
      flags: [{ name: 'strength', help: 'How much.', kind: 'positive', into: 'params.strength', default: 0.1 }],
    },
    { op: 'tick', summary: 'Only a program asks for it.', isHidden: true },
  ],
}
// A command that hotcb already has keeps its meaning.
const LOG = { name: 'log', summary: 'Not ours.', ops: [{ op: 'set', summary: 'No.' }] }

function newRun(): string {
  const dir = temporaryDirectory()
  const state = stateDocument({ closed: true })
  writeRun(dir, { commands: '', state, actuators: { controls: [], modules: [NOISE, LOG, { name: 'broken' }] } })
  return dir
}

test('a module that the run describes has commands', async () => {
  const dir = newRun()
  expect(await hotcb(['--dir', dir, 'noise', 'use', 'gauss', '--strength', '0.2', '--at', '5'])).toMatchObject({
    code: 0,
  })
  expect(await hotcb(['noise', 'enable', 'uniform'], { cwd: dir })).toMatchObject({ code: 0 })
  expect(commandsOf(dir)).toMatchObject([
    { module: 'noise', op: 'enable', id: 'main', params: { kind: 'gauss', strength: 0.2 }, at: { step: 5 } },
    { module: 'noise', op: 'enable', params: { kind: 'uniform', strength: 0.1 } },
  ])
})

test('its changes are shown in its own words', async () => {
  const dir = newRun()
  const line = ledgerLine({ module: 'noise', op: 'enable', payload: { kind: 'gauss', strength: 0.2 }, cid: 'a' })
  writeRun(dir, { ledger: formatLedgerLine(line) })
  for (const command of ['log', 'watch --once']) {
    expect((await hotcb(['--dir', dir, ...command.split(' ')])).out).toContain('noise gauss of 0.2')
  }
  const { out } = await hotcb(['--dir', dir, 'noise', 'use', 'uniform'])
  expect(out).toContain('noise uniform of 0.1: queued')
  const exported = await hotcb(['--dir', dir, 'recipe', 'export', '--out', '-'])
  expect(JSON.parse(exported.out)).toMatchObject({
    module: 'noise',
    op: 'enable',
    params: { kind: 'gauss', strength: 0.2 },
  })
})

test.each([
  ['noise use pink', '`noise enable` accepts gauss and uniform, got "pink"'],
  ['noise use', 'KIND is missing: Its distribution.'],
  ['noise use gauss --strength=-1', '`--strength` must be a number > 0, got "-1"'],
  ['noise tick', 'unknown command "noise tick": `hotcb noise` has enable'],
  ['nois use gauss', 'unknown command "nois": did you mean `hotcb noise`?'],
  ['log set', 'unexpected argument "set"'],
])('`hotcb %s` is refused, and nothing is written', async (line, message) => {
  const dir = newRun()
  expect(await hotcb(['--dir', dir, ...line.split(' ')])).toMatchObject({ code: 2, err: `hotcb: ${message}\n` })
  expect(commandsOf(dir)).toEqual([])
})

test('its commands have help pages and are completed', async () => {
  const dir = newRun()
  expect((await hotcb(['--dir', dir, '--help'])).out).toMatch(
    /^Specific to this run\n {2}noise +Noise on the inputs\.$/m,
  )
  expect((await hotcb(['--help'], { cwd: temporaryDirectory() })).out).not.toContain('noise')
  const { out } = await hotcb(['--dir', dir, 'noise', 'use', '--help'])
  expect(out).toContain('Usage  hotcb noise enable KIND [FLAGS]')
  expect(out).toContain('Until it is switched off.')
  const words = async (line: string): Promise<readonly string[]> =>
    (await candidates(['--dir', dir, ...line.split(' ')])).map(({ word }) => word)
  expect(await words('noi')).toEqual(['noise'])
  expect(await words('noise use ')).toEqual(['gauss', 'uniform'])
  expect(await words('noise use gauss --st')).toEqual(['--strength'])
})
