import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lastLogLine } from '../src/node/last-log-line.ts'
import { workspacePaths } from '../src/node/paths.ts'

const ESC = '\u001b'

test.each([
  ['', null],
  ['one\ntwo\n', 'two'],
  // The last line is incomplete.
  ['one\ntwo', 'one'],
  ['one\n\n  \n', 'one'],
  ['==== HyperHerd run: attempt 1 ====\n', null],
  ['old\n==== HyperHerd run: attempt 2 ====\n', null],
  ['==== HyperHerd run: attempt 1 ====\nnew\n', 'new'],
  [`${'x'.repeat(60)}\n`, 'x'.repeat(60)],
  [`${'x'.repeat(61)}\n`, `${'x'.repeat(57)}...`],
  ['10 %\r20 %\r\n', '20 %'],
  ['10 %\r20 %\n30 %\r40 %', '20 %'],
  [`${ESC}[1;31mred${ESC}[0m and ${ESC}[?25hplain\n`, 'red and plain'],
  [`[0m is not an escape\n`, '[0m is not an escape'],
  [`a${ESC}[2Kb ${ESC}[12x\n`, 'ab '],
  [`kept\n${`${ESC}[0m\n`.repeat(4)}`, 'kept'],
  [`lost\n${`${ESC}[0m\n`.repeat(5)}`, null],
] as const)('the last line of the log %j is %j', (text, line) => {
  const root = mkdtempSync(join(tmpdir(), 'log-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const paths = workspacePaths(root)
  mkdirSync(paths.logs, { recursive: true })
  writeFileSync(join(paths.logs, '3.out'), text)
  expect(lastLogLine(paths, 3)).toBe(line)
  expect(lastLogLine(paths, 4)).toBe(null)
  // A log that cannot be read counts as missing.
  mkdirSync(join(paths.logs, '5.out'))
  expect(lastLogLine(paths, 5)).toBe(null)
})
