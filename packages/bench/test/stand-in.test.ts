import { estimateTokens } from '@hotcb/llm'
import { expect, test } from 'vitest'
import { standInModel } from '../src/stand-in.ts'

interface Answer {
  readonly diagnosis: string
  readonly reasoning: string
  readonly actions: readonly { readonly action: string; readonly value: number | null }[]
  readonly next_check: null
}

function prompt(values: readonly (number | string)[], { key = 'm1', rate = '0.05' } = {}): string {
  const shown = values.map((value, at) => `${at * 44 + 43}:${value}`).join(' ')
  return [
    '## State',
    `key metric ${key}, lower is better`,
    '## Controls',
    `c1 "lr": ${rate}, bounds 0 to none, without asking 0.005 to 0.5`,
    'c2 "weight_decay": 0.3, bounds 0 to none, without asking nothing',
    '## Metrics',
    `${key} 9:99 10:99 11:99 12:99`,
    '## Last values (step:value)',
    'm7 43:5 87:4 131:3 175:2 219:1 263:0.5',
    `${key} ${shown}`,
    'm8 43:1 87:1 131:1 175:1 219:1 263:1',
  ].join('\n')
}

async function ask(content: string): Promise<Answer> {
  const answer = await standInModel().complete({
    system: '',
    messages: [
      { role: 'user', content: prompt([1, 1, 1, 1, 1, 1]) },
      { role: 'user', content },
    ],
    maxTokens: 100,
  })
  if (!answer.ok) throw new Error('there is no answer')
  return JSON.parse(answer.text ?? '')
}

async function actionFor(values: readonly (number | string)[], more?: { key?: string; rate?: string }) {
  const { actions, diagnosis } = await ask(prompt(values, more))
  return [diagnosis, ...actions.map(({ action, value }) => [action, value])]
}

const HEALTHY = ['healthy']
const RESCUE = ['too_high', ['rescue', null]]
const HALVE = ['too_high', ['reduce_lr_factor', 0.5]]

test('a value that is not a number, or far above the best one, leads to a rescue', async () => {
  expect(await actionFor([1, 'NaN'])).toEqual(RESCUE)
  expect(await actionFor([1, 0.5, 1.6])).toEqual(RESCUE)
  expect(await actionFor([1, 0.5, 1.5])).toEqual(HEALTHY)
  expect(await actionFor(['NaN', 0.5, 1.6])).toEqual(RESCUE)
})

test('two values are too few to conclude that the last one is far above the best', async () => {
  expect(await actionFor([0.5, 2])).toEqual(HEALTHY)
})

test('a plateau of six values halves the rate', async () => {
  expect(await actionFor([1, 1, 1, 0.99, 0.99, 0.99])).toEqual(HALVE)
  expect(await actionFor([1, 1, 1, 0.99, 0.99])).toEqual(HEALTHY)
})

test('three values whose mean is 2 % below that of the three before are not a plateau', async () => {
  expect(await actionFor([1, 1, 1, 0.9, 0.9, 0.9])).toEqual(HEALTHY)
  expect(await actionFor([1, 1, 1, 0.98, 0.98, 0.98])).toEqual(HEALTHY)
  expect(await actionFor([9, 1, 1, 1, 0.985, 0.985, 0.985])).toEqual(HALVE)
})

test('a steady slow fall doubles the rate, and a fall to less than a third does not', async () => {
  expect(await actionFor([1, 0.9, 0.8, 0.7])).toEqual(['too_low', ['set_lr', 0.1]])
  expect(await actionFor([1, 0.9, 0.8, 0.7], { rate: '1.5e-3' })).toEqual(['too_low', ['set_lr', 0.003]])
  expect(await actionFor([1, 0.6, 0.4, 0.3])).toEqual(HEALTHY)
  expect(await actionFor([1, 0.9, 0.8])).toEqual(HEALTHY)
  expect(await actionFor([0.9, 1, 0.9, 0.8, 0.7])).toEqual(['too_low', ['set_lr', 0.1]])
})

test('a fall with one step of less than 2 % does not double the rate', async () => {
  expect(await actionFor([1, 0.9, 0.89, 0.7])).toEqual(HEALTHY)
  expect(await actionFor([1, 0.99, 0.8, 0.7])).toEqual(HEALTHY)
})

test('the key metric of the prompt is read, and nothing is done without its values', async () => {
  expect(await actionFor([1, 0.5, 1.6], { key: 'm3' })).toEqual(RESCUE)
  expect(await ask('an empty prompt')).toMatchObject({ diagnosis: 'healthy', actions: [], next_check: null })
  const alone = await ask(prompt([1, 0.5, 1.6]).replace(/^key metric.*$/m, 'no key metric yet'))
  expect(alone.diagnosis).toBe('too_high')
})

test('an answer has the fields of the form, and a matching reason', async () => {
  const busy = await ask(prompt([1, 1, 1, 1, 1, 1]))
  expect(busy.actions).toEqual([{ action: 'reduce_lr_factor', target: null, value: 0.5, text: null, learnings: null }])
  const quiet = await ask(prompt([1]))
  expect(busy.reasoning).not.toBe('')
  expect(quiet.reasoning).not.toBe('')
  expect(quiet.reasoning).not.toBe(busy.reasoning)
})

test('the tokens of the question and of the answer are estimated, and the model has a name', async () => {
  const content = prompt([1])
  const model = standInModel()
  const answer = await model.complete({
    system: 'be brief',
    messages: [
      { role: 'user', content: 'first' },
      { role: 'user', content },
    ],
    maxTokens: 100,
  })
  if (!answer.ok) throw new Error('there is no answer')
  expect(answer).toMatchObject({ calls: [], model: 'stand-in', finish: 'stop' })
  const input = estimateTokens('be brief') + estimateTokens('first') + estimateTokens(content)
  expect(answer.usage).toEqual({ input, output: estimateTokens(answer.text ?? '') })
  expect([model.name, model.host]).toEqual(['stand-in', 'nowhere'])
})
