import { type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { describeChange } from '../../src/shared/describe.ts'
import type { CommandDraft, FreezeDraft } from '../../src/shared/draft.ts'
import { stateOf } from '../../src/web/answers/answer.ts'
import { type AnswerLog, createAnswerLog } from '../../src/web/answers/answer-log.ts'
import { lifeMs, raise } from '../../src/web/answers/toast-list.ts'
import type { Author } from '../../src/web/author/author-name.ts'

const SET: CommandDraft = { module: 'opt', op: 'set_params', params: { lr: 0.01 }, expect: { lr: 0.05 } }

function line(fields: object): LedgerLine {
  const plain = { seq: 2, step: 310, module: 'opt', op: 'set_params', id: 'main', source: 'dashboard', wall_time: 1 }
  const read = readLedgerLine({ decision: 'applied', cid: 'c1', attempt: 1, ...plain, ...fields })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

interface Sent {
  readonly log: AnswerLog
  readonly commands: CommandDraft[]
  readonly freezes: FreezeDraft[]
}

function open(
  options: { author?: Author | undefined; refusal?: string; during?: (log: AnswerLog) => void } = {},
): Sent {
  const commands: CommandDraft[] = []
  const freezes: FreezeDraft[] = []
  const author = 'author' in options ? options.author : { name: 'ada', sent: 'ada' }
  const log = createAnswerLog({
    describe: (change) => describeChange(change),
    author: async () => author,
    async commands(drafts) {
      commands.push(...drafts)
      options.during?.(log)
      if (options.refusal !== undefined) throw new Error(options.refusal)
      return { cids: drafts.map((_, i) => `c${commands.length - drafts.length + i + 1}`), notes: [] }
    },
    async freeze(draft) {
      freezes.push(draft)
      return { notes: [] }
    },
    nowMs: () => 5000,
  })
  return { log, commands, freezes }
}

/** The content of the log: text, word and detail of each answer, newest first. */
function shown({ answers }: AnswerLog): readonly string[] {
  return answers.value.map((answer) => {
    const { word, detail } = stateOf(answer, false)
    return [answer.text, word, detail, answer.isMine ? 'mine' : `by ${answer.who}`].filter(Boolean).join(' | ')
  })
}

test('a command goes from sending to applied and verified, in one toast, under the name of its author', async () => {
  const { log, commands } = open({
    during: (during) => expect(shown(during)).toEqual(['lr 0.05 → 0.01 | sending | mine']),
  })
  expect(await log.send([SET])).toBe(true)
  expect(commands).toEqual([{ ...SET, author: 'ada' }])
  expect(shown(log)).toEqual(['lr 0.05 → 0.01 | queued | waits for the next safe point | mine'])
  log.take([line({ payload: { lr: 0.01 }, old: { lr: 0.05 } })])
  expect(shown(log)).toEqual(['lr 0.05 → 0.01 | applied | step 310 | mine'])
  log.takeControls([
    {
      param_key: 'lr',
      type: 'float',
      label: '',
      group: 'optimizer',
      min: 0,
      max: 1,
      step: 0,
      log_base: null,
      choices: null,
      current: 0.01,
      state: 'verified',
    },
  ])
  expect(shown(log)).toEqual(['lr 0.05 → 0.01 | verified | step 310 | mine'])
  expect(log.toasts.value).toEqual([log.answers.value[0]?.id])
})

test('a change that failed because the control had another value is not shown with the expected one as its old value', async () => {
  const { log } = open()
  await log.send([{ ...SET, expect: { lr: 9 } }])
  expect(shown(log)).toEqual(['lr 9 → 0.01 | queued | waits for the next safe point | mine'])
  log.take([line({ decision: 'failed', params: { lr: 0.01 }, error: 'expected `lr` to be 9, but it is 0.05' })])
  expect(shown(log)).toEqual(['lr = 0.01 | failed | step 310, expected `lr` to be 9, but it is 0.05 | mine'])
})

test('a ledger that is faster than the reply to the request still answers the command once', async () => {
  const { log } = open({ during: (during) => during.take([line({ payload: { lr: 0.01 }, old: { lr: 0.05 } })]) })
  await log.send([SET])
  expect(shown(log)).toEqual(['lr 0.05 → 0.01 | applied | step 310 | mine'])
  expect(log.toasts.value).toHaveLength(1)
})

test('a refusal of the server is shown with all other results, and counts as not sent', async () => {
  const { log } = open({ refusal: 'too many commands at once; slow down' })
  expect(await log.send([SET])).toBe(false)
  expect(shown(log)).toEqual(['lr 0.05 → 0.01 | not sent | too many commands at once; slow down | mine'])
})

test('a person who cancels the question for a name sends nothing, and one who gives no name sends without an author', async () => {
  const left = open({ author: undefined })
  expect(await left.log.send([SET])).toBe(false)
  expect([left.commands, shown(left.log)]).toEqual([[], []])
  const unnamed = open({ author: { name: '', sent: null } })
  await unnamed.log.send([SET])
  expect(unnamed.commands).toEqual([SET])
})

test("a freeze carries its author, and the kernel's line about it is its answer", async () => {
  const { log, freezes } = open()
  await log.freeze({ mode: 'prod' })
  expect(freezes).toEqual([{ mode: 'prod', author: 'ada' }])
  expect(shown(log)).toEqual(['freeze prod | written | the trainer applies it at its next check | mine'])
  const other = { module: 'core', op: 'freeze', cid: null, payload: { mode: 'off' }, author: 'bob' }
  log.take([line({ ...other, seq: 3 })])
  expect(shown(log)[1]).toMatch(/^freeze prod \| written/)
  log.take([line({ ...other, seq: 4, payload: { mode: 'prod' }, author: 'ada' })])
  expect(shown(log).filter((text) => text.startsWith('freeze prod') && text.endsWith('mine'))).toHaveLength(1)
  expect(shown(log).at(-1)).toMatch(/applied \| step 310 \| mine$/)
})

test("other people's commands are shown with their names; many at once are one toast", () => {
  const { log } = open()
  log.take([line({ cid: 'x1', author: 'bob', payload: { lr: 0.02 }, old: { lr: 0.05 } })])
  expect(shown(log)).toEqual(['lr 0.05 → 0.02 | applied | step 310 | by bob'])
  log.take(Array.from({ length: 40 }, (_, i) => line({ seq: 10 + i, cid: `t${i}`, author: 'bob' })))
  expect(log.answers.value).toHaveLength(42)
  expect(log.toasts.value).toHaveLength(2)
  expect(shown(log)[0]).toBe('results of 40 commands | 40 by bob | by ')
})

test('automatic commands are in the log without a toast, unless they failed', () => {
  const { log } = open()
  log.take([line({ cid: null, seq: 3, module: 'core', op: 'checkpoint', source: 'kernel' })])
  log.take(Array.from({ length: 40 }, (_, i) => line({ seq: 10 + i, cid: `t${i}`, source: 'tune' })))
  expect(log.answers.value).toHaveLength(41)
  expect(log.toasts.value).toEqual([])
  log.take([line({ seq: 60, cid: 't60', source: 'tune', decision: 'failed', error: 'x' })])
  log.take([line({ seq: 61, cid: 'd1', source: 'dashboard' })])
  expect(log.toasts.value).toEqual(['line-1-60', 'line-1-61'])
})

test('lines from before the page was opened, and lines that a restart re-applied, are not shown as news', () => {
  const { log } = open()
  log.seed([line({ cid: 'old', author: 'bob' })])
  log.seed([line({ cid: 'old', author: 'bob' })])
  log.take([line({ seq: 7, cid: null, of: 2 })])
  expect(log.answers.value).toHaveLength(1)
  expect(log.toasts.value).toEqual([])
})

test('a refusal of the kernel is shown in plain language', () => {
  const { log } = open()
  const failed = { decision: 'failed', error: 'actuator_disabled: lr', params: { lr: 9 }, author: 'bob' }
  log.take([line({ ...failed, cid: 'x' })])
  expect(shown(log)).toEqual(['lr = 9 | failed | step 310, `lr` is disabled: enable it first | by bob'])
})

test('any other action shows its result in the same place', async () => {
  const { log } = open()
  expect(await log.act('approve a1-3', async (author) => `approved by ${author}`)).toBe(true)
  expect(await log.act('approve a1-4', async () => Promise.reject(new Error('it lapsed')))).toBe(false)
  expect(shown(log)).toEqual(['approve a1-4 | not sent | it lapsed | mine', 'approve a1-3 | approved by ada | mine'])
})

test('at most four toasts are shown: the oldest are removed first, and bad news last', () => {
  const isBad = (id: string): boolean => id === 'a'
  expect(['a', 'b', 'c', 'd', 'e'].reduce((ids: readonly string[], id) => raise(ids, id, isBad), [])).toEqual([
    'a',
    'c',
    'd',
    'e',
  ])
  expect(raise(['a', 'b'], 'a', isBad)).toEqual(['b', 'a'])
  expect(lifeMs({ tone: 'bad', word: 'failed', detail: '' })).toBeNull()
  expect(lifeMs({ tone: 'good', word: 'applied', detail: '' })).toBe(6000)
})
