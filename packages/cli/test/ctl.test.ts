import { expect, test } from 'vitest'
import { candidates } from '../src/parse/candidates.ts'
import { answerCommands, commandsOf, control, stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

const CTL = {
  'optimizer.lr.multiplier': { description: 'scales every learning rate', calls: 3, failed: 1 },
  save_ckpt: { description: '', calls: 0, failed: 0 },
}

/** A run whose trainer registered two functions and has one control. */
function newRun(): string {
  const dir = temporaryDirectory()
  const state = stateDocument({ modules: { ctl: CTL } })
  writeRun(dir, { commands: '', state, actuators: { controls: [control('lr')] } })
  return dir
}

test.each<[string, object[]]>([
  ['ctl call save_ckpt', [{ id: 'save_ckpt', params: { args: [], kwargs: {} } }]],
  ['ctl call save_ckpt label=manual keep=3', [{ params: { args: [], kwargs: { label: 'manual', keep: 3 } } }]],
  [
    'ctl call optimizer.lr.multiplier 1e-4 -0.5 true [1,2] a-b x==',
    [{ params: { args: [1e-4, -0.5, true, [1, 2], 'a-b'], kwargs: { x: '=' } } }],
  ],
  [
    'set optimizer.lr.multiplier=0.5',
    [{ module: 'ctl', op: 'call', id: 'optimizer.lr.multiplier', params: { args: [0.5], kwargs: {} } }],
  ],
  [
    'set lr=0.1 optimizer.lr.multiplier=0.5 save_ckpt=now',
    [
      { module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.1 } },
      { id: 'optimizer.lr.multiplier' },
      { id: 'save_ckpt', params: { args: ['now'], kwargs: {} } },
    ],
  ],
])('hotcb --dir RUN %s', async (line, expected) => {
  const dir = newRun()
  const { code, err } = await hotcb(['--dir', dir, ...line.split(' ')])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(commandsOf(dir)).toEqual(
    expected.map((one) => expect.objectContaining({ source: 'cli', module: 'ctl', op: 'call', ...one })),
  )
})

test.each<[string, RegExp]>([
  ['ctl call', /PATH is missing/],
  ['ctl call save_ckp', /the trainer did not register `save_ckp`: did you mean `save_ckpt`\?/],
  ['ctl call other', /the trainer did not register `other`: choose from optimizer\.lr\.multiplier, save_ckpt/],
  ['ctl call save_ckpt a=1 a=2', /`a` is given twice/],
  ['ctl call save_ckpt {', /expected JSON/],
  ['set lrr=1 save_ckpt=1', /unknown key `lrr`: did you mean `lr`\?/],
])('hotcb %s is refused, and nothing is written', async (line, error) => {
  const dir = newRun()
  const { code, err } = await hotcb(['--dir', dir, ...line.split(' ')])
  expect(code).toBe(2)
  expect(err).toMatch(error)
  expect(commandsOf(dir)).toEqual([])
})

test('without a report of registered functions, a call is queued as typed', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '' })
  expect(await hotcb(['--dir', dir, 'ctl', 'call', 'later', '1'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^· call later 1: queued; no trainer is alive: the next one will apply it/),
  })
  expect(await hotcb(['--dir', dir, 'ctl', 'list'])).toMatchObject({
    code: 1,
    err: expect.stringContaining(
      'has reported registered functions; its kernel needs the module from @hotcb/runtimectl',
    ),
  })
})

test('the outcome of a call shows the call as it was typed', async () => {
  const dir = temporaryDirectory()
  answerCommands(dir, ({ id }) =>
    id === 'bad' ? { decision: 'failed', error: 'multiplier must be > 0' } : { step: 7 },
  )
  const good = await hotcb(['--dir', dir, 'ctl', 'call', 'save', '0.5', 'label=a', '--wait=280'])
  expect(good).toMatchObject({ code: 0, out: expect.stringMatching(/^✓ call save 0\.5 label=a at step 7 /) })
  const bad = await hotcb(['--dir', dir, 'ctl', 'call', 'bad', '--wait=280'])
  expect(bad).toMatchObject({ code: 1, err: expect.stringMatching(/^✗ call bad: failed .*multiplier must be > 0/) })
})

test('registered functions are listed and completed', async () => {
  const dir = newRun()
  expect(await hotcb(['--dir', dir, 'ctl', 'list'])).toEqual({
    code: 0,
    err: '',
    out: `path                     calls  failed
optimizer.lr.multiplier  3      1       scales every learning rate
save_ckpt                0      0
`,
  })
  expect(JSON.parse((await hotcb(['--dir', dir, 'ctl', 'list', '--json'])).out)).toEqual(CTL)
  const found = await candidates(['--dir', dir, 'ctl', 'call', 'opt'])
  expect(found).toEqual([{ word: 'optimizer.lr.multiplier', means: 'scales every learning rate' }])
})
