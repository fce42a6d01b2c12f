import { expect, test } from 'vitest'
import { AI_ACTIONS } from '../../src/ai/actions.ts'
import { readReply, replySchema } from '../../src/ai/reply.ts'

const REPLY = { diagnosis: 'healthy', reasoning: 'fine', actions: [], next_check: null }
const ACTION = { action: 'set_lr', target: null, value: 0.1, text: null, learnings: null }

const read = (more: object): unknown => {
  const reply = readReply(JSON.stringify({ ...REPLY, ...more }))
  return reply.ok ? reply.value : reply.reason
}

test('an answer that matches its schema is read', () => {
  expect(read({})).toEqual({ diagnosis: 'healthy', reasoning: 'fine', actions: [], nextCheck: null })
  expect(read({ next_check: undefined })).toMatchObject({ nextCheck: null })
  const [first, second] = [{ ...ACTION, target: 'c1', text: 'a', learnings: ['b', 'c'] }, { action: 'noop' }]
  expect(read({ diagnosis: 'unclear', actions: [first, second] })).toEqual({
    ...{ diagnosis: 'unclear', reasoning: 'fine', nextCheck: null },
    actions: [
      { action: 'set_lr', target: 'c1', value: 0.1, text: 'a', learnings: ['b', 'c'] },
      { action: 'noop', target: null, value: null, text: null, learnings: [] },
    ],
  })
})

test('the next check is from 10 to 200 steps away', () => {
  for (const [asked, expected] of [
    [0, 10],
    [9, 10],
    [10, 10],
    [11, 11],
    [200, 200],
    [201, 200],
    [-5, 10],
  ] as const)
    expect(read({ next_check: asked }), `${asked}`).toMatchObject({ nextCheck: expected })
})

test('long texts are shortened, and only five lessons are kept', () => {
  const long = 'x'.repeat(700)
  const lessons = Array.from({ length: 7 }, (_, i) => `${i}${long}`)
  expect(read({ reasoning: long, actions: [{ ...ACTION, text: long, learnings: lessons }] })).toEqual({
    ...{ diagnosis: 'healthy', reasoning: `${'x'.repeat(599)}…`, nextCheck: null },
    actions: [
      {
        ...{ action: 'set_lr', target: null, value: 0.1, text: `${'x'.repeat(199)}…` },
        learnings: [0, 1, 2, 3, 4].map((i) => `${i}${'x'.repeat(198)}…`),
      },
    ],
  })
})

const DIAGNOSES = ['healthy', 'too_high', 'too_low', 'diverged', 'plateau', 'overfitting', 'data', 'unclear']

test('each diagnosis is accepted', () => {
  for (const diagnosis of DIAGNOSES) expect(read({ diagnosis })).toMatchObject({ diagnosis })
})

test.each<[object, string]>([
  [{ diagnosis: 'sick' }, `\`diagnosis\` must be one of ${DIAGNOSES.join(', ')}, got "sick"`],
  [{ reasoning: 3 }, '`reasoning` must be text, got 3'],
  [{ actions: 3 }, '`actions` must be a list of at most 2, got 3'],
  [{ actions: [1, 2, 3] }, '`actions` must be a list of at most 2, got [1,2,3]'],
  [{ next_check: 1.5 }, '`next_check` must be a whole number of steps or null, got 1.5'],
  [{ next_check: '20' }, '`next_check` must be a whole number of steps or null, got "20"'],
  [{ actions: [3] }, 'an action must be an object, got 3'],
  [{ actions: [{ action: 'noop' }, { action: 'x' }] }, `unknown action "x"; choose from ${AI_ACTIONS.join(', ')}`],
  [{ actions: [{ ...ACTION, target: 3 }] }, '`target` of set_lr must be an id or null, got 3'],
  [{ actions: [{ ...ACTION, value: '3' }] }, '`value` of set_lr must be a number or null, got "3"'],
  [{ actions: [{ ...ACTION, text: 3 }] }, '`text` of set_lr must be text or null, got 3'],
  [{ actions: [{ ...ACTION, learnings: 'a' }] }, '`learnings` of set_lr must be a list of strings or null, got "a"'],
  [
    { actions: [{ ...ACTION, learnings: ['a', 3] }] },
    '`learnings` of set_lr must be a list of strings or null, got ["a",3]',
  ],
])('the answer with %j is refused in one line', (more, reason) => {
  expect(read(more)).toBe(reason)
})

test('an answer that is not JSON is refused', () => {
  expect(readReply('no')).toEqual({ ok: false, reason: 'the answer is not JSON' })
})

test('the schema of an answer allows the ids of the prompt, and nothing else', () => {
  const none = { metrics: new Map(), controls: new Map(), groups: new Map(), callbacks: new Map() }
  const ids = (letter: string): Map<string, never> => new Map([[`${letter}1`, {} as never]])
  const all = { metrics: ids('m'), controls: ids('c'), groups: ids('g'), callbacks: ids('k') }
  const schema = (target: object): object => ({
    type: 'object',
    properties: {
      diagnosis: { type: 'string', enum: DIAGNOSES },
      reasoning: { type: 'string' },
      actions: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            action: { type: 'string', enum: [...AI_ACTIONS] },
            target,
            value: { type: ['number', 'null'] },
            text: { type: ['string', 'null'] },
            learnings: { type: ['array', 'null'], items: { type: 'string' } },
          },
          required: ['action', 'target', 'value', 'text', 'learnings'],
          additionalProperties: false,
        },
      },
      next_check: { type: ['integer', 'null'] },
    },
    required: ['diagnosis', 'reasoning', 'actions', 'next_check'],
    additionalProperties: false,
  })
  expect(replySchema(none)).toEqual(schema({ anyOf: [{ type: 'null' }] }))
  const targets = ['m1', 'c1', 'g1', 'k1']
  expect(replySchema(all)).toEqual(schema({ anyOf: [{ type: 'string', enum: targets }, { type: 'null' }] }))
})
