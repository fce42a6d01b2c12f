import { expect, test } from 'vitest'
import { answerCommands, commandsOf, stateDocument, writeRun } from './answerer.ts'
import { BEGIN, logLine, newRun, proposed } from './autopilot-run.ts'
import { runHere, startHere } from './here.ts'
import { type Ended, temporaryDirectory } from './hotcb.ts'

const LOG = [
  BEGIN,
  proposed('a1-1'),
  proposed('a1-2', { rule_id: null, metric: null, step: null }),
  logLine('a1-3', 'alert'),
]

function autopilot(dir: string, ...words: readonly string[]): Promise<Ended> {
  return runHere(['--dir', dir, 'autopilot', ...words])
}

test('`status` shows which autopilot is watching the run and which proposals are waiting', async () => {
  const { code, out, err } = await autopilot(newRun(LOG), 'status')
  expect({ code, err, out: out.split('\n') }).toEqual({
    code: 0,
    err: '',
    out: [
      'autopilot   running  autopilot, process 1 on elsewhere',
      'mode        suggest',
      'key metric  loss',
      'actions     0 applied, 0 waiting for the trainer, 2 waiting for a person, 1 others',
      'proposal    a1-1 lr 0.1 → 0.05, no time limit',
      'proposal    a1-2 lr 0.1 → 0.05, no time limit',
      '',
    ],
  })
  expect((await autopilot(newRun([]), 'status')).out.split('\n')).toEqual([
    'autopilot  this run has not had an autopilot yet',
    'actions    0 applied, 0 waiting for the trainer, 0 waiting for a person, 0 others',
    '',
  ])
})

test('`proposals` shows what is waiting for a person, and with `--all` everything', async () => {
  const dir = newRun(LOG)
  expect((await autopilot(dir, 'proposals')).out.split('\n')).toEqual([
    'a1-1  step 11  lr 0.1 → 0.05  falls  no time limit  loss < 1.5 is true',
    'a1-2           lr 0.1 → 0.05         no time limit  loss < 1.5 is true',
    '',
  ])
  expect((await autopilot(dir, 'proposals', '--all')).out.split('\n')).toEqual([
    'a1-1  step 11  lr 0.1 → 0.05  falls  no time limit  loss < 1.5 is true',
    'a1-2           lr 0.1 → 0.05         no time limit  loss < 1.5 is true',
    'a1-3  step 11  alert          falls  an alert       loss < 1.5 is true',
    '',
  ])
  const json = JSON.parse((await autopilot(dir, 'proposals', '--json')).out)
  expect(json.proposals.map(({ id }: { id: string }) => id)).toEqual(['a1-1', 'a1-2'])
  const all = JSON.parse((await autopilot(dir, 'proposals', '--json', '--all')).out)
  expect(all.proposals.map(({ id }: { id: string }) => id)).toEqual(['a1-1', 'a1-2', 'a1-3'])
  expect((await autopilot(newRun([]), 'proposals')).out).toBe('no proposals are waiting for a person\n')
  expect((await autopilot(newRun([]), 'proposals', '--all')).out).toBe('no actions\n')
})

test('`why` shows the whole history of an action', async () => {
  const procedure = proposed('a1-4', {
    data: { evidence: {}, plan: ['save', 'set the rate'], auto: false, procedure: null },
  })
  const dir = newRun([...LOG, procedure, logLine('a1-1', 'fired', {})])
  expect((await autopilot(dir, 'why', 'a1-1')).out.split('\n')).toEqual([
    'action           a1-1 at step 11',
    'rule             falls on loss',
    'because          loss < 1.5 is true',
    'confidence       high',
    'evidence         lr {"from":0.1,"to":0.05}, level 1.45679',
    'request          lr 0.1 → 0.05',
    'answer           waiting for a person',
    'can be answered  no time limit',
    '',
  ])
  expect((await autopilot(dir, 'why', 'a1-2')).out.split('\n')).toEqual([
    'action           a1-2',
    'because          loss < 1.5 is true',
    'confidence       high',
    'evidence         lr {"from":0.1,"to":0.05}, level 1.45679',
    'request          lr 0.1 → 0.05',
    'answer           waiting for a person',
    'can be answered  no time limit',
    '',
  ])
  expect((await autopilot(dir, 'why', 'a1-3')).out.split('\n')).toEqual([
    'action      a1-3 at step 11',
    'rule        falls on loss',
    'because     loss < 1.5 is true',
    'confidence  high',
    'answer      an alert',
    '',
  ])
  expect((await autopilot(dir, 'why', 'a1-4')).out.split('\n')).toEqual([
    'action           a1-4 at step 11',
    'rule             falls on loss',
    'because          loss < 1.5 is true',
    'confidence       high',
    'request          lr 0.1 → 0.05',
    'plan             1. save',
    '                 2. set the rate',
    'answer           waiting for a person',
    'can be answered  no time limit',
    '',
  ])
  expect(JSON.parse((await autopilot(dir, 'why', 'a1-3', '--json')).out)).toEqual({
    id: 'a1-3',
    state: 'told',
    rule: 'falls',
    metric: 'loss',
    step: 11,
    ts: 1790000000,
    because: 'loss < 1.5 is true',
    confidence: 'high',
    source: 'autopilot',
    command: null,
    cid: null,
    outcome: null,
    outcomeBecause: null,
    by: null,
    decision: null,
    seq: null,
    error: null,
    again: 0,
    plan: [],
    evidence: {},
    procedure: null,
    next: null,
  })
  expect(await autopilot(dir, 'why', 'a1-7')).toEqual({
    code: 1,
    out: '',
    err: "hotcb: this run's log has no action `a1-7`; did you mean `a1-1` or `a1-2` or `a1-3`?\n",
  })
  expect(await autopilot(dir, 'why', 'nonsense')).toEqual({
    code: 1,
    out: '',
    err: "hotcb: this run's log has no action `nonsense`; list them with `hotcb autopilot proposals --all`\n",
  })
})

test('without a trainer, an answer is sent and reported as waiting', async () => {
  const dir = newRun(LOG)
  expect(await autopilot(dir, 'approve', 'a1-1')).toEqual({
    code: 0,
    out: '· a1-1 lr 0.1 → 0.05: approval sent; no trainer is alive; the next one will decide\n',
    err: '',
  })
  expect(commandsOf(dir)).toMatchObject([{ cid: 'ap-a1-1', source: 'cli', author: 'ann', params: { lr: 0.05 } }])
  expect(await autopilot(newRun(LOG), 'approve', 'a1-1', '--wait')).toEqual({
    code: 3,
    out: '',
    err: '· a1-1 lr 0.1 → 0.05: approval sent; no trainer is alive; the next one will decide\n',
  })
  expect(await autopilot(newRun(LOG), 'reject', 'a1-1')).toEqual({
    code: 0,
    out: '· a1-1 lr 0.1 → 0.05: rejection sent; no trainer is alive; the next one will decide\n',
    err: '',
  })
  const json = await autopilot(newRun(LOG), 'reject', 'a1-1', '--wait', '--json')
  expect({ ...json, out: JSON.parse(json.out) }).toEqual({
    code: 3,
    out: {
      id: 'a1-1',
      verdict: 'reject',
      cid: expect.any(String),
      state: 'queued',
      decision: null,
      why: 'dead',
    },
    err: '',
  })
  // Plain terminals have no symbols.
  const plain = { terminal: { isTerminal: true, unicode: false } }
  expect(await runHere(['--dir', newRun(LOG), 'autopilot', 'approve', 'a1-1'], plain)).toEqual({
    code: 3,
    out: '',
    err: '- a1-1 lr 0.1 -> 0.05: approval sent; no trainer is alive; the next one will decide\n',
  })
})

test('a live trainer that does not answer in time is reported', async () => {
  expect(await autopilot(newRun(LOG, {}), 'approve', 'a1-1', '--wait=0.05')).toEqual({
    code: 3,
    out: '',
    err: '· a1-1 lr 0.1 → 0.05: approval sent; no answer yet\n',
  })
  expect(await autopilot(newRun(LOG, {}), 'approve', 'a1-1', '--no-wait')).toEqual({
    code: 0,
    out: '· a1-1 lr 0.1 → 0.05: approval sent\n',
    err: '',
  })
  const waiting = startHere(['--dir', newRun(LOG, {}), 'autopilot', 'reject', 'a1-1', '--wait=60'])
  expect(await waiting.interrupt()).toEqual({
    code: 130,
    out: '',
    err: '· a1-1 lr 0.1 → 0.05: rejection sent; stopped waiting\n',
  })
})

test("the trainer's decision is printed as the answer", async () => {
  const answered = async (rest: object, ...words: readonly string[]): Promise<Ended> => {
    const dir = newRun(LOG)
    answerCommands(dir, () => rest)
    return autopilot(dir, ...words, '--wait=20')
  }
  expect(await answered({ author: 'ann' }, 'approve', 'a1-1', '--note', 'fine')).toEqual({
    code: 0,
    out: '✓ a1-1 lr 0.1 → 0.05: approved by ann, applied (ledger line 2)\n',
    err: '',
  })
  expect(await answered({ decision: 'failed', error: 'too high' }, 'approve', 'a1-1')).toEqual({
    code: 1,
    out: '',
    err: '✗ a1-1 lr 0.1 → 0.05: approved by cli, failed (ledger line 2): too high\n',
  })
  expect(await answered({ author: 'ann', error: 'not now', decision: 'rejected' }, 'reject', 'a1-1')).toEqual({
    code: 0,
    out: '✓ a1-1 lr 0.1 → 0.05: rejected by ann\n',
    err: '',
  })
  const json = await answered({ author: 'ann' }, 'approve', 'a1-1', '--json')
  expect({ ...json, out: JSON.parse(json.out) }).toEqual({
    code: 0,
    out: {
      id: 'a1-1',
      verdict: 'approve',
      cid: 'ap-a1-1',
      state: 'applied',
      decision: 'applied',
      seq: 2,
      by: 'ann',
      error: null,
    },
    err: '',
  })
  const failed = await answered({ decision: 'failed', error: 'no' }, 'approve', 'a1-1', '--json')
  expect({ ...failed, out: JSON.parse(failed.out) }).toEqual({
    code: 1,
    out: {
      id: 'a1-1',
      verdict: 'approve',
      cid: 'ap-a1-1',
      state: 'failed',
      decision: 'failed',
      seq: 2,
      by: 'cli',
      error: 'no',
    },
    err: '',
  })
})

test('an answer to an action that cannot be answered is refused, and nothing is sent', async () => {
  const dir = newRun(LOG)
  expect(await autopilot(dir, 'approve', 'a1-9')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: no proposal `a1-9`: did you mean `a1-1` or `a1-2` or `a1-3`?; list them with `hotcb autopilot proposals`\n',
  })
  expect(await autopilot(dir, 'reject', 'a1-3')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: `a1-3` is an alert, which needs no answer\n',
  })
  writeRun(dir, {
    freeze: { mode: 'prod' },
    state: stateDocument({
      freeze: { mode: 'prod', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
    }),
  })
  expect(await autopilot(dir, 'approve', 'a1-1')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: the run is frozen (prod): the kernel would refuse `a1-1` and close it; use `--anyway` to send it anyway\n',
  })
  expect(commandsOf(dir)).toEqual([])
  expect(await autopilot(dir, 'approve', 'a1-1', '--anyway')).toEqual({
    code: 0,
    out: '· a1-1 lr 0.1 → 0.05: approval sent\n',
    err: '',
  })
  expect(commandsOf(dir)).toHaveLength(1)
  expect((await autopilot(temporaryDirectory(), 'proposals')).code).toBe(1)
})
