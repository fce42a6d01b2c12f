import { expect, test } from 'vitest'
import { readClientMessage } from '../../src/server/client-message.ts'
import { STREAM_NAMES } from '../../src/server/streams/index.ts'

const SUBSCRIBE = { type: 'subscribe', channel: 'metrics' }
const NAMES = (count: number) => Array.from({ length: count }, () => 'a')

test.each<[unknown, unknown]>([
  [{ type: 'ping', more: 1 }, { type: 'ping' }],
  [
    { type: 'name', name: null },
    { type: 'name', name: null },
  ],
  [
    { type: 'name', name: 'ada' },
    { type: 'name', name: 'ada' },
  ],
  [SUBSCRIBE, { ...SUBSCRIBE, run: '', cursor: null }],
  [
    { ...SUBSCRIBE, names: null, cursor: null },
    { ...SUBSCRIBE, run: '', cursor: null },
  ],
  [
    { ...SUBSCRIBE, run: 'r'.repeat(512), cursor: 'c'.repeat(128), names: [] },
    { ...SUBSCRIBE, run: 'r'.repeat(512), cursor: 'c'.repeat(128), names: [] },
  ],
  [
    { ...SUBSCRIBE, run: 'a', names: NAMES(2000) },
    { ...SUBSCRIBE, run: 'a', cursor: null, names: NAMES(2000) },
  ],
  [
    { type: 'unsubscribe', channel: 'ledger', run: 'a', cursor: 5, names: 3 },
    { type: 'unsubscribe', channel: 'ledger', run: 'a' },
  ],
])('the message %j is read as %j', (message, value) => {
  expect(readClientMessage(JSON.stringify(message))).toEqual({ ok: true, value })
})

const CHANNELS = `\`channel\` must be one of ${STREAM_NAMES.join(', ')}, got`

test.each<[unknown, string]>([
  [[], 'a message must be an object, got []'],
  [{}, '`type` must be subscribe, unsubscribe, name or ping, got undefined'],
  [{ type: 'pong' }, '`type` must be subscribe, unsubscribe, name or ping, got "pong"'],
  [{ type: 'name' }, '`name` must be text or null, got undefined'],
  [{ type: 'name', name: 5 }, '`name` must be text or null, got 5'],
  [{ type: 'name', name: '' }, 'a name must not be empty, and must not begin or end with a space'],
  [{ type: 'subscribe' }, `${CHANNELS} undefined`],
  [{ type: 'unsubscribe', channel: 'toString' }, `${CHANNELS} "toString"`],
  [{ ...SUBSCRIBE, run: 5 }, '`run` must be a run id, got 5'],
  [{ ...SUBSCRIBE, run: null }, '`run` must be a run id, got null'],
  [{ ...SUBSCRIBE, cursor: 5 }, '`cursor` must be one that the server sent, got 5'],
  [{ ...SUBSCRIBE, names: 'a' }, '`names` must be a list of at most 2000 names, got "a"'],
  [{ ...SUBSCRIBE, names: ['a', 5] }, '`names` must be a list of at most 2000 names, got ["a",5]'],
])('the message %j is refused: %s', (message, reason) => {
  expect(readClientMessage(JSON.stringify(message))).toEqual({ ok: false, reason })
})

test('texts and lists that are too long are refused, and so is a message that is not JSON', () => {
  const reason = (message: object) => {
    const read = readClientMessage(JSON.stringify(message))
    return read.ok ? undefined : read.reason.slice(0, 40)
  }
  expect(reason({ ...SUBSCRIBE, run: 'r'.repeat(513) })).toBe('`run` must be a run id, got "rrrrrrrrrrr')
  expect(reason({ ...SUBSCRIBE, cursor: 'c'.repeat(129) })).toBe('`cursor` must be one that the server sen')
  expect(reason({ ...SUBSCRIBE, names: NAMES(2001) })).toBe('`names` must be a list of at most 2000 n')
  expect(readClientMessage('{')).toEqual({
    ok: false,
    reason: expect.stringMatching(/^a message must be JSON, got "\{": \S/),
  })
  expect(readClientMessage('{"type":NaN}').ok).toBe(false)
})
