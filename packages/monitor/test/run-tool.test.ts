import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type ActOutcome, createAuditFold } from '../src/audit.ts'
import { monitorPaths, readChat } from '../src/node/monitor-files.ts'
import type { Post } from '../src/node/post.ts'
import { questionOf, runTool, sha256Of, type ToolParts } from '../src/node/run-tool.ts'
import type { Act, Outlook, ToolPermission } from '../src/types.ts'
import { sweep } from './sweeps.ts'
import { outlookOf, trialOf } from './trials.ts'

interface Given {
  readonly outlook?: Outlook
  readonly cheap?: ToolPermission
  readonly outcome?: ActOutcome
}

/** The tools for a sweep that has not started, with an actor that only records its acts. */
function toolbox({ outlook = outlookOf([trialOf(0), trialOf(1)]), cheap = 'auto', outcome }: Given = {}) {
  const { workspace, root } = sweep('true', { trials: 2 })
  const paths = monitorPaths(root, root)
  const [acts, posts, logged]: [Act[], Post[], unknown[]] = [[], [], []]
  const fold = createAuditFold()
  const wishes = { delaySeconds: null, halted: null, promptSha256: null, hasSpoken: false }
  const actor = {
    fold,
    log(event: string, more: object) {
      logged.push([event, more])
      fold.take({ event, ...more })
    },
    async act(act: Act) {
      acts.push(act)
      return outcome ?? { ok: true, text: 'started trial 1' }
    },
    propose(act: Act, text: string) {
      fold.take(JSON.parse(JSON.stringify({ event: 'proposal', id: '3.1', phase: 'proposal', act, text })))
      return { id: '3.1', act, text, state: 'open', by: null }
    },
  }
  const triage = { onFailure: 'remediate', maxRetries: 1, maxMem: null, maxTime: null, stallMinutes: 0 }
  const permissions = { read: 'auto', note: 'auto', control: 'ask', cheap, costly: 'never' }
  const parts = {
    ...{ workspace, paths, outlook, actor, wishes, nowMs: () => 5_000_000, config: { live: {}, triage, permissions } },
    post: async (post: Post) => void posts.push(post),
    scrub: (text: string) => text.replaceAll('hunter2', '[secret]'),
  } as unknown as ToolParts // Tools use no other parts.
  const run = async (name: string, args: object | string = {}) => {
    const given = typeof args === 'string' ? args : JSON.stringify(args)
    const { isWrong, result } = await runTool(parts, { name, arguments: given })
    return isWrong ? ['wrong', result] : result
  }
  return { run, paths, acts, posts, logged, wishes, workspace, fold }
}

const RESULT = { name: 'results.tsv', about: 'The results of 2 trials.' }
const TABLE = 'trial_id\texperiment_name\tstate\n0\tt0\tready\n1\tt1\tready'

test('unknown tools and invalid arguments are refused and logged', async () => {
  const { run, logged } = toolbox()
  const long = 'x'.repeat(70)
  const name = 'x'.repeat(60)
  expect(await run(long)).toEqual(['wrong', { refused: `unknown tool \`${name}\`` }])
  expect(await run('stop_index', {})).toEqual(['wrong', { refused: '`stop_index` needs `index`: The trial.' }])
  expect(await run('read_plan', '')).toEqual({ plan: '' })
  expect(logged).toEqual([
    ['tool', { tool: name, class: null, refused: 'unknown tool' }],
    ['tool', { tool: 'stop_index', class: 'cheap', refused: '`stop_index` needs `index`: The trial.' }],
    ['tool', { tool: 'read_plan', class: 'read', args: {} }],
  ])
})

test('the plan is written without secrets and with a final newline, and its beginning is logged', async () => {
  const { run, paths, logged } = toolbox()
  const plan = `hunter2${'p'.repeat(300)}`
  expect(await run('write_plan', { plan })).toEqual({ done: 'written' })
  expect(readFileSync(paths.plan, 'utf8')).toBe(`[secret]${'p'.repeat(300)}\n`)
  expect(await run('write_plan', { plan: 'short\n' })).toEqual({ done: 'written' })
  expect(readFileSync(paths.plan, 'utf8')).toBe('short\n')
  expect(logged[0]).toEqual(['tool', { tool: 'write_plan', class: 'note', args: { plan: plan.slice(0, 200) } }])
})

test('PROMPT.md counts as read if the model passes its hash', async () => {
  const { run, paths, wishes, logged } = toolbox()
  const refused = { refused: 'PROMPT.md has changed; read it again' }
  expect(await run('mark_user_prompt_read', { sha256: 'abc' })).toEqual(refused)
  writeFileSync(paths.prompt, 'be careful')
  expect(await run('mark_user_prompt_read', { sha256: 'abc' })).toEqual(refused)
  expect([wishes.promptSha256, logged]).toEqual([null, []])
  const sha256 = sha256Of('be careful')
  expect(await run('mark_user_prompt_read', { sha256 })).toEqual({ done: 'marked' })
  expect(wishes.promptSha256).toBe(sha256)
  expect(logged).toEqual([['tool', { tool: 'mark_user_prompt_read', class: 'note', args: { sha256 } }]])
  expect(sha256Of('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

test('a message is posted once, without secrets, and is added to the chat', async () => {
  const { run, posts, paths, logged, wishes } = toolbox()
  expect(await run('msg', { text: 'it is hunter2' })).toEqual({ done: 'posted' })
  expect(await run('msg', { text: 'it is hunter2' })).toEqual({ done: 'it has already been posted' })
  expect(await run('msg_thread', { index: 1, text: 'y'.repeat(6001) })).toEqual({ done: 'posted' })
  const long = 'y'.repeat(6000)
  expect(posts).toEqual([
    { kind: 'message', text: 'it is [secret]' },
    { kind: 'message', text: long, trial: 1 },
  ])
  const line = { timestamp: '1970-01-01T01:23:20.000Z', role: 'agent', author: 'agent', via: 'monitor' }
  expect(readChat(paths)).toEqual([
    { ...line, text: 'it is [secret]' },
    { ...line, text: long },
  ])
  expect(logged).toEqual([
    ['msg', { text: 'it is [secret]' }],
    ['msg_thread', { text: long, index: 1 }],
  ])
  expect(wishes.hasSpoken).toBe(true)
  await expect(run('msg_thread', { index: 7, text: 'x' })).rejects.toThrow(/^trial 7 does not exist$/)
  expect(await run('msg', { text: ' \n' })).toEqual(['wrong', { refused: 'the text is empty' }])
})

test('a summary and a table are posted, and are not added to the chat', async () => {
  const { run, posts, paths, logged, wishes } = toolbox()
  expect(await run('tick_summary', { text: 'quiet' })).toEqual({ done: 'posted' })
  expect(await run('post_results_table', { caption: 'all of them' })).toEqual({ done: 'posted' })
  expect(posts).toEqual([
    { kind: 'summary', text: 'quiet' },
    { kind: 'message', text: 'all of them', file: { ...RESULT, content: TABLE } },
  ])
  expect(logged).toEqual([
    ['tick_summary', { text: 'quiet' }],
    ['post_results_table', { text: 'all of them' }],
  ])
  expect([wishes.hasSpoken, existsSync(paths.chat)]).toEqual([false, false])
})

test('the next tick can be scheduled from one minute to one hour ahead', async () => {
  const { run, wishes, logged } = toolbox()
  for (const [asked, given] of [
    [1, 60],
    [61, 61],
    [3600, 3600],
    [3601, 3600],
  ] as const) {
    expect(await run('schedule_next', { delay_seconds: asked })).toEqual({ done: `in ${given} s` })
    expect(wishes.delaySeconds).toBe(given)
  }
  expect(logged[0]).toEqual(['tool', { tool: 'schedule_next', class: 'note', args: { delay_seconds: 60 } }])
})

test('the monitor ends only when no trial is running or waiting', async () => {
  const states = ['running', 'queued', 'waiting', 'completed', 'ready'] as const
  const busy = toolbox({ outlook: outlookOf(states.map((state, i) => trialOf(i, { state }))) })
  expect(await busy.run('halt', { reason: 'done' })).toEqual({ refused: '3 trials are still running or waiting' })
  expect([busy.wishes.halted, busy.logged]).toEqual([null, []])
  const over = toolbox()
  expect(await over.run('halt', { reason: 'done' })).toEqual({ done: 'the monitor will stop after this tick' })
  expect(over.wishes.halted).toBe('done')
  expect(over.logged).toEqual([['tool', { tool: 'halt', class: 'note', args: { reason: 'done' } }]])
})

const START = { indices: [1], reason: 'canary' }
const ACT = {
  ...{ tool: 'run_indices', args: START, class: 'cheap', reason: 'canary' },
  expect: [{ i: 1, state: 'ready', attempt: 0 }],
}

test('an act of an allowed class is carried out, and its outcome is returned', async () => {
  const { run, acts } = toolbox()
  expect(await run('run_indices', START)).toEqual({ done: 'started trial 1' })
  expect(acts).toEqual([ACT])
  const failing = toolbox({ outcome: { ok: false, text: 'sbatch failed' } })
  expect(await failing.run('run_indices', START)).toEqual({ failed: 'sbatch failed' })
})

test('an act that is impossible, or whose class is never allowed, is refused and logged with its arguments', async () => {
  const { run, acts, logged } = toolbox({ cheap: 'never' })
  const impossible = { refused: 'trial 1 is ready; there is nothing to stop' }
  const args = { index: 1, reason: 'slow' }
  expect(await run('stop_index', args)).toEqual(impossible)
  const never = { refused: 'the config allows no cheap acts (`monitor.allow.cheap`)' }
  expect(await run('run_indices', START)).toEqual(never)
  expect(acts).toEqual([])
  expect(logged).toEqual([
    ['tool', { tool: 'stop_index', class: 'cheap', args, ...impossible }],
    ['tool', { tool: 'run_indices', class: 'cheap', args: START, ...never }],
  ])
})

test('an act that needs approval is proposed once while it waits for an answer', async () => {
  const { run, acts, posts, fold } = toolbox({ cheap: 'ask' })
  const text = 'run_indices {"indices":[1]}? canary'
  expect(await run('run_indices', START)).toEqual({ proposed: '3.1', note: 'it was proposed to the operators' })
  expect(await run('run_indices', START)).toEqual({
    ...{ proposed: '3.1', note: 'it was already proposed and is waiting for an answer' },
  })
  expect(posts).toEqual([{ kind: 'question', text, proposal: '3.1' }])
  await run('run_indices', { indices: [0], reason: 'canary' })
  fold.take({ event: 'answer', id: '3.1', verdict: 'rejected', by: 'ada' })
  await run('run_indices', START)
  expect([acts, posts.length]).toEqual([[], 3])
})

test('a model may propose a call to a tool that changes something, with a reason', async () => {
  const { run, acts, posts, logged } = toolbox()
  const propose = (tool: string, given: object) => run('propose', { tool, arguments: given, reason: 'canary' })
  expect(await propose('run_indices', { indices: [1] })).toEqual({
    ...{ proposed: '3.1', note: 'it was proposed to the operators' },
  })
  expect(posts).toEqual([{ kind: 'question', text: 'run_indices {"indices":[1]}? canary', proposal: '3.1' }])
  for (const tool of ['msg', 'read_plan', 'rm'])
    expect(await propose(tool, {})).toEqual(['wrong', { refused: `\`${tool}\` is not a tool that changes anything` }])
  expect(await propose('x'.repeat(70), {})).toEqual([
    'wrong',
    { refused: `\`${'x'.repeat(60)}\` is not a tool that changes anything` },
  ])
  expect(await propose('run_indices', { indices: [] })).toEqual([
    'wrong',
    {
      refused: '`indices` of `run_indices` must be a list of different trials, such as [0, 3], got []',
    },
  ])
  expect(logged).toEqual([])
  expect(await propose('run_sh', { dry_run: true })).toEqual({ refused: 'the config has no `successive_halving`' })
  expect(logged).toEqual([
    ['tool', { tool: 'propose', class: 'note', refused: 'the config has no `successive_halving`' }],
  ])
  expect(acts).toEqual([])
})

test('a question contains the tool, and its arguments and its reason if there are any', () => {
  const act = { tool: 'stop_all', args: {}, expect: [], class: 'costly', reason: '' } as const
  expect(questionOf(act)).toBe('stop_all?')
  expect(questionOf({ ...act, args: { reason: 'x' }, reason: 'late' })).toBe('stop_all? late')
  expect(questionOf({ ...act, args: { index: 3, reason: 'x' } })).toBe('stop_all {"index":3}?')
})
