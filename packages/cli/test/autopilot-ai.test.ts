import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeRun } from './answerer.ts'
import { BEGIN, logLine, newRun, proposed } from './autopilot-run.ts'
import { runHere } from './here.ts'
import { type Ended, temporaryDirectory } from './hotcb.ts'

// No key, and no costs of other runs.
const STATE = { XDG_STATE_HOME: '/nowhere', HOTCB_AI_KEY: '', HOTCB_AI_MODEL: '' }

function ai(dir: string, words: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return runHere(['--dir', dir, 'autopilot', 'ai', ...words.split(' ').filter(Boolean)], { env: { ...STATE, ...env } })
}

const CONFIG = `mode: ai_suggest
ai:
  model: tiny
  base_url: http://127.0.0.1:9/v1
  cadence: 20
  budget: {usd: 2, usd_per_day: 3, tokens: 1000, calls: 10, actions: 4, minutes: 60}
  prices:
    tiny: {input: 1, output: 2}
`

function configured(lines: readonly object[] = [], config = CONFIG): string {
  const dir = newRun(lines)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), config)
  writeRun(dir, { metrics: '{"step":1,"metrics":{"loss":0.5}}\n' })
  return dir
}

test('`status` shows the model and whether it can be called', async () => {
  expect(await ai(newRun([]), '')).toEqual({
    code: 0,
    out: 'mode           this run has not had an autopilot yet\nmodel          gpt-4o-mini at https://api.openai.com/v1\ncan be called  no: an API key for `api.openai.com` is missing: the environment variable `HOTCB_AI_KEY` is not set\nprice          $0.15 in, $0.6 out per million tokens (built-in table from 2026-11-01)\ncalled every   50 steps, at most\nlast answer    none yet\n',
    err: '',
  })
  expect(await ai(configured([BEGIN]), 'status', { HOTCB_AI_KEY: 'secret' })).toEqual({
    code: 0,
    out: 'mode           suggest\nmodel          tiny at http://127.0.0.1:9/v1\ncan be called  yes\nprice          $1 in, $2 out per million tokens (from `ai.prices`)\ncalled every   20 steps, at most\nlast answer    none yet\n',
    err: '',
  })
  expect(JSON.parse((await ai(configured(), 'status --json', { HOTCB_AI_KEY: 'secret' })).out)).toEqual({
    mode: null,
    running: false,
    provider: 'openai',
    base_url: 'http://127.0.0.1:9/v1',
    model: 'tiny',
    can_ask: true,
    problem: null,
    price: {
      input: 1,
      output: 2,
    },
    cadence: 20,
  })
  expect(
    (await ai(configured([], CONFIG.replace('input: 1, output: 2', 'input: 0, output: 0')), 'status')).out,
  ).toEqual(
    'mode           this run has not had an autopilot yet\nmodel          tiny at http://127.0.0.1:9/v1\ncan be called  yes\nprice          none\ncalled every   20 steps, at most\nlast answer    none yet\n',
  )
})

test('`budget` shows usage and limits', async () => {
  expect(await ai(configured(), 'budget')).toEqual({
    code: 0,
    out: 'cost             $0.00 of $2.00\ntoday, all runs  $0.00 of $3.00\ntokens           0 of 1000\ncalls            0 of 10\nactions          0 of 4\nminutes          0 of 60\n',
    err: '',
  })
  expect(await ai(newRun([]), 'budget')).toEqual({
    code: 0,
    out: 'cost             $0.00 of $5.00\ntoday, all runs  $0.00, no limit\ntokens           0, no limit\ncalls            0, no limit\nactions          0 of 40\nminutes          0, no limit\n',
    err: '',
  })
  expect(JSON.parse((await ai(configured(), 'budget --json')).out)).toEqual({
    used: {
      nano: 0,
      reserved: 0,
      tokens: 0,
      calls: 0,
      actions: 0,
      since: null,
      nanoToday: 0,
    },
    limits: {
      nano: 2000000000,
      nanoPerDay: 3000000000,
      tokens: 1000,
      calls: 10,
      actions: 4,
      minutes: 60,
    },
  })
})

test("`history` shows the model's answers", async () => {
  expect(await ai(newRun([]), 'history')).toEqual({
    code: 0,
    out: 'no model has been called for this run\n',
    err: '',
  })
  expect(JSON.parse((await ai(newRun([]), 'history --json')).out)).toEqual({ decisions: [] })
})

/** The log lines of a query and its answer. */
function asked(id: string, answer: object | null, rest: object = {}): readonly object[] {
  const call = logLine(id, 'call', { reason: 'cadence', data: { model: 'tiny', host: '127.0.0.1' } })
  return answer === null ? [call] : [call, logLine(id, 'reply', { data: answer, ...rest })]
}

test('`history` shows each answer with its cost, and the results of its actions', async () => {
  const spent = { nano_usd: 1_500_000, tokens: 10, calls: 1 }
  const actions = [
    { action: 'set', name: 'lr', value: 0.05, result: 'proposed', id: 'a1-1' },
    { action: 'wait', name: null, value: null, result: 'nothing is done', id: null },
  ]
  const lines = [
    BEGIN,
    ...asked('ai-1', { spent, diagnosis: 'too fast', actions }, { reason: 'the loss jumps' }),
    proposed('a1-1', { source: 'ai' }),
    logLine('a1-1', 'outcome', { data: { verdict: 'better', evidence: {} }, reason: 'it fell', command: null }),
    ...asked('ai-2', { spent, failed: 'broken', diagnosis: null, actions: [] }, { reason: 'no JSON', step: null }),
    ...asked('ai-3', null),
  ]
  const dir = configured(lines)
  expect((await ai(dir, 'history')).out.split('\n')).toEqual([
    'ai-1  step 11  $0.0015  too fast',
    '  the loss jumps',
    '  set lr 0.05: lr 0.1 → 0.05, waiting for a person',
    '  better: it fell',
    '  wait: nothing is done',
    'ai-2  step 11  $0.0015  no answer',
    '  no JSON',
    'ai-3  step 11  no answer yet',
    '',
  ])
  expect((await ai(dir, 'status')).out).toEqual(
    'mode           suggest\nmodel          tiny at http://127.0.0.1:9/v1\ncan be called  yes\nprice          $1 in, $2 out per million tokens (from `ai.prices`)\ncalled every   20 steps, at most\nlast answer    step 11  no answer yet\n',
  )
  const { decisions } = JSON.parse((await ai(dir, 'history --json')).out)
  expect(decisions.map(({ id }: { id: string }) => id)).toEqual(['ai-1', 'ai-2', 'ai-3'])
})

test('`dry-run` prints the prompt and its cost, and sends nothing', async () => {
  const { code, out, err } = await ai(configured(), 'dry-run', { HOTCB_AI_KEY: 'secret' })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const lines = out.split('\n')
  expect(lines[0]).toBe('system')
  expect(lines).toContain('user')
  expect(lines.slice(-5)).toEqual([
    '',
    'would go to  tiny at http://127.0.0.1:9/v1; nothing was sent',
    'probably     1278 + 256 tokens, $0.00179',
    'at most      3897 + 1024 tokens, $0.005945',
    '',
  ])
  const preview = JSON.parse((await ai(configured(), 'dry-run --json')).out)
  expect({ ...preview, system: '', user: '' }).toEqual({
    model: 'tiny',
    baseUrl: 'http://127.0.0.1:9/v1',
    maxTokens: 1024,
    caps: {
      nano: 2000000000,
      nanoPerDay: 3000000000,
      tokens: 1000,
      calls: 10,
      actions: 4,
      minutes: 60,
    },
    system: '',
    user: '',
    estimate: {
      input: 1278,
      output: 256,
      nanoUsd: 1790000,
    },
    most: {
      input: 3897,
      output: 1024,
      nanoUsd: 5945000,
    },
  })
  expect(out).toBe(['system', preview.system, 'user', preview.user, '', ...lines.slice(-4)].join('\n'))
})

test('an unknown action is refused', async () => {
  expect(await ai(newRun([]), 'buget')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: `ACTION` must be one of status, budget, history, dry-run, got "buget": did you mean `budget`?\n',
  })
  expect(await ai(newRun([]), 'xyz')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: `ACTION` must be one of status, budget, history, dry-run, got "xyz"\n',
  })
  expect((await ai(temporaryDirectory(), 'status')).code).toBe(1)
})
