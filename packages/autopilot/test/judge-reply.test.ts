import type { ControlDescription } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { judgeReply } from '../src/ai/judge-reply.ts'
import { readReply } from '../src/ai/reply.ts'

const PROMPT = {
  controls: new Map<string, ControlDescription>(),
  callbacks: new Map([['k1', 'early_stop']]),
  metrics: new Map<string, string>(),
}

function judged(...actions: readonly object[]): unknown[] {
  const text = JSON.stringify({ diagnosis: 'data', reasoning: 'x', actions, next_check_steps: 10 })
  const reply = readReply(text)
  if (!reply.ok) throw new Error(reply.reason)
  const { wish, refusals } = judgeReply(reply.value, PROMPT, { step: 1, actions: [] })
  return [wish, refusals]
}

test('a model switches a callback that it was shown, and no other', () => {
  expect(judged({ kind: 'disable_callback', control: 'k1' })).toEqual([
    { kind: 'op', op: { module: 'cb', op: 'disable', id: 'early_stop' } },
    [],
  ])
  expect(judged({ kind: 'enable_callback', control: 'early_stop' })).toEqual([
    null,
    ['enable_callback: there is no such callback'],
  ])
})

test('a model asks for a rescue, which takes the way of a rule that does', () => {
  expect(judged({ kind: 'rescue' })).toEqual([{ kind: 'do', what: 'rescue' }, []])
})
