import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  hostFileName,
  openHostWriter,
  openTail,
  readLastLines,
  readLines,
  replaceDocument,
  watchDocument,
} from '../src/index.ts'

const file = join(tmpdir(), 'hotcb-no-such-file')

test.each<[string, (options: object) => unknown, object, string]>([
  ['openTail', (options) => openTail(file, options), { frm: 3 }, 'did you mean `from`?'],
  ['readLines', (options) => readLines(file, options), { maxLinesBytes: 3 }, 'did you mean `maxLineBytes`?'],
  ['readLastLines', (options) => readLastLines(file, 1, options), { befor: 3 }, 'did you mean `before`?'],
  ['replaceDocument', (options) => replaceDocument(file, '', options), { fsync: true }, 'did you mean `sync`?'],
  ['watchDocument', (options) => watchDocument(file, options), { nfs: true }, 'known are network, now'],
  [
    'openHostWriter',
    (options) => openHostWriter(file, options),
    { hostName: 'a', host: 'a' },
    'did you mean `hostname`?',
  ],
  ['hostFileName', (options) => hostFileName(options), { host: 'a' }, 'did you mean `hostname`?'],
])('`%s` refuses an option that does not exist, and suggests the nearest one', (name, call, options, hint) => {
  const [key] = Object.keys(options)
  expect(() => call(options)).toThrow(new TypeError(`\`${name}\` has no option \`${key}\`: ${hint}`))
})

test('options that are not an object are refused', () => {
  expect(() => openTail(file, 5 as never)).toThrow('the options of `openTail` must be an object, got 5')
  expect(() => openTail(file, null as never)).toThrow('the options of `openTail` must be an object, got null')
  expect(() => openTail(file, [] as never)).toThrow('the options of `openTail` must be an object, got a list')
})
