import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  hostFileName,
  openAppender,
  openHostWriter,
  openTail,
  openTailAsync,
  readLastLines,
  readLastLinesAsync,
  readLines,
  readStampedDocument,
  readStampedDocumentAsync,
  replaceDocument,
  watchDocument,
} from '../src/index.ts'

const file = join(tmpdir(), 'hotcb-no-such-file')

test.each<[string, (options: object) => unknown, object, string]>([
  ['openTail', (options) => openTail(file, options), { frm: 3 }, 'did you mean `from`?'],
  ['readLines', (options) => readLines(file, options), { maxLinesBytes: 3 }, 'did you mean `maxLineBytes`?'],
  ['readLastLines', (options) => readLastLines(file, 1, options), { befor: 3 }, 'did you mean `before`?'],
  ['replaceDocument', (options) => replaceDocument(file, '', options), { fsync: true }, 'did you mean `sync`?'],
  ['watchDocument', (options) => watchDocument(file, options), { nfs: true }, 'choose from network, now'],
  [
    'openHostWriter',
    (options) => openHostWriter(file, options),
    { hostName: 'a', host: 'a' },
    'did you mean `hostname`?',
  ],
  ['openAppender', (options) => openAppender(file, options), { with: [] }, 'did you mean `within`?'],
  ['openTailAsync', (options) => openTailAsync(file, options), { networks: true }, 'did you mean `network`?'],
  [
    'readStampedDocument',
    (options) => readStampedDocument(file, options),
    { known: '' },
    'choose from within, maxBytes',
  ],
  ['hostFileName', (options) => hostFileName(options), { host: 'a' }, 'did you mean `hostname`?'],
])('`%s` rejects an option that does not exist, and suggests the nearest one', (name, call, options, hint) => {
  const [key] = Object.keys(options)
  expect(() => call(options)).toThrow(new TypeError(`\`${name}\` has no option \`${key}\`: ${hint}`))
})

test('a function that does not block returns a rejected promise for such an option', async () => {
  await expect(readLastLinesAsync(file, 1, { befor: 3 } as object)).rejects.toThrow(
    new TypeError('`readLastLinesAsync` has no option `befor`: did you mean `before`?'),
  )
  await expect(readStampedDocumentAsync(file, { maxByte: 3 } as object)).rejects.toThrow(
    new TypeError('`readStampedDocumentAsync` has no option `maxByte`: did you mean `maxBytes`?'),
  )
})

test('a hint needs at least half of the letter pairs, in upper or lower case', () => {
  const hint = (key: string) => {
    try {
      openTail(file, { [key]: 1 })
    } catch (error) {
      return (error as Error).message.replace(/^.*: /, '')
    }
  }
  const list = 'choose from from, network, now, nulWaitMs, maxLineBytes, within'
  expect(['FROM', 'maxlinebyte', 'nulWait', 'n', 'fabm', 'toString', 'line'].map(hint)).toEqual([
    'did you mean `from`?',
    'did you mean `maxLineBytes`?',
    'did you mean `nulWaitMs`?',
    list,
    list,
    list,
    list,
  ])
})

test('options that are not an object are rejected', () => {
  expect(() => openTail(file, 5 as never)).toThrow('the options of `openTail` must be an object, got 5')
  expect(() => openTail(file, null as never)).toThrow('the options of `openTail` must be an object, got null')
  expect(() => openTail(file, [] as never)).toThrow('the options of `openTail` must be an object, got a list')
})
