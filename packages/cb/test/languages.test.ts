import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { javaScript, openFileLoader } from '../src/node.ts'
import { type HostThread, startHost } from './host-thread.ts'
import { openRun, type Run, recorded, recorder } from './support.ts'

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function openHosted(host: HostThread, dir?: string): Run {
  return openRun({ callbacks: { languages: [host.language] }, ...(dir !== undefined && { dir }) })
}

const PROBE = `const { word } = require('./lib/word')
exports.Probe = class { handle(event, { step }) { say(word + ' ' + step) } }`

function writeProbe(run: Run): void {
  run.write('cb/probe.host', PROBE)
  run.write('cb/lib/word/main.host', "exports.word = require('../deep').word")
  run.write('cb/lib/deep.host', "exports.word = 'one'")
}

test('files in a custom language are hashed with their imports, kept as a folder, and run from these bytes', () => {
  const host = startHost()
  const run = openHosted(host)
  writeProbe(run)
  run.load('probe', 'cb/probe.host', 'Probe')
  run.step(3)
  expect(host.said()).toEqual(['one 3'])
  const names = ['cb/lib/deep.host', 'cb/lib/word/main.host', 'cb/probe.host']
  const list = names.map((name) => `${name.slice(3)}\0${sha256(readFileSync(join(run.dir, name), 'utf8'))}\n`).join('')
  expect(run.last()?.payload?.['source_capture']).toEqual({
    sha256: sha256(list),
    captured_path: `hotcb.sources/${sha256(list)}/probe.host`,
  })
  for (const name of names) {
    const kept = join(run.dir, 'hotcb.sources', sha256(list), name.slice(3))
    expect(readFileSync(kept, 'utf8')).toBe(readFileSync(join(run.dir, name), 'utf8'))
  }
})

test('a restart runs the captured bytes in that language, and refuses other bytes', () => {
  const host = startHost()
  const first = openHosted(host)
  writeProbe(first)
  first.load('probe', 'cb/probe.host', 'Probe')
  first.step(0)
  const hash = String(first.status('probe')['sha256'])
  first.close()
  first.write('cb/lib/deep.host', "exports.word = 'edited'")
  const second = openHosted(host, first.dir)
  second.kernel.continueFrom({ step: 1 })
  second.step(1)
  second.close()
  expect(host.said()).toEqual(['one 0', 'one 1'])
  const kept = join(first.dir, 'hotcb.sources', hash, 'lib/deep.host')
  expect(existsSync(kept)).toBe(true)
  writeFileSync(kept, "exports.word = 'forged'")
  const third = openHosted(host, first.dir)
  third.kernel.continueFrom({ step: 2 })
  third.step(2)
  expect(host.said()).toEqual([])
  expect(third.status('probe')).toEqual({})
  expect(third.log()).toContain(`captured source ${hash} is refused: `)
})

test('an optional import without a file is skipped, and a required one is refused with its line', () => {
  const host = startHost()
  const run = openHosted(host)
  run.write('maybe.host', "// require_if_there('./nothing')\nexports.Probe = class { handle() { say('ran') } }")
  run.load('probe', 'maybe.host', 'Probe')
  run.step(0)
  expect(run.last()).toMatchObject({ decision: 'applied' })
  run.write('broken.host', "\nrequire('./nothing')")
  run.load('broken', 'broken.host', 'Probe')
  run.step(1)
  expect(run.last()?.error).toMatch(/^line 2 of `.*broken\.host` imports `\.\/nothing`, which does not exist$/)
  expect(host.said()).toEqual(['ran', 'ran'])
})

test('a compile error in the custom language fails the load with one line and a trace', () => {
  const host = startHost()
  const run = openHosted(host)
  run.write('bad.host', 'const = 1')
  run.load('bad', 'bad.host', 'Probe')
  run.step(0)
  expect(run.last()).toMatchObject({ decision: 'failed', traceback: expect.stringContaining('SyntaxError') })
  expect(run.last()?.error).toMatch(/^`Probe` of `bad\.host`: .*SyntaxError: /)
  expect(run.last()?.error).not.toContain('\n')
})

test('a file in none of the given languages is refused in one line that lists the extensions', () => {
  const host = startHost()
  const run = openHosted(host)
  run.write('script.mjs', 'export const Probe = 1')
  run.write('other.host', "require('./script.mjs')")
  run.load('probe', 'script.mjs', 'Probe')
  run.command('load', 'probe', { target: { kind: 'python_file', path: 'script.mjs', symbol: 'Probe' } })
  run.command('load', 'probe', { target: { kind: 'module', path: 'anything', symbol: 'Probe' } })
  run.step(0)
  const OTHER = /^`.*script\.mjs` is not one of \.host: a callback and its relative imports must be$/
  expect(run.ledger().map(({ error }) => error)).toEqual([
    expect.stringMatching(OTHER),
    expect.stringMatching(OTHER),
    '`anything` is a module, but this run only loads files: .host',
  ])
  const both = openRun({ callbacks: { languages: [host.language, javaScript] } })
  both.load('probe', both.write('data.txt', ''), 'Probe')
  both.command('load', 'probe', { target: { kind: 'python_file', path: 'data.txt', symbol: 'Probe' } })
  both.step(0)
  expect(both.ledger().map(({ error }) => error)).toEqual([
    expect.stringMatching(/is not one of \.host \.ts \.mts \.cts \.js \.mjs \.cjs \.json: a callback/),
    expect.stringMatching(/is not one of \.host: a callback/),
  ])
})

test('the extension selects the language of a file, regardless of the kind in the command', () => {
  const seen = recorded('seenSeveral')
  const host = startHost()
  const run = openRun({ callbacks: { languages: [host.language, javaScript] } })
  run.write('a.mjs', recorder('seenSeveral'))
  run.write('b.host', "exports.Probe = class { handle(event, { step }) { say('host ' + step) } }")
  run.command('load', 'a', { target: { kind: 'python_file', path: 'a.mjs', symbol: 'Recorder' } })
  run.load('b', 'b.host', 'Probe')
  run.command('load', 'c', { target: { kind: 'module', path: '@hotcb/cb/callbacks', symbol: 'heartbeat' } })
  run.step(5)
  expect(run.ledger().map(({ decision }) => decision)).toEqual(['applied', 'applied', 'applied'])
  expect(seen).toEqual(['v1 train_step_end 5'])
  expect(host.said()).toEqual(['host 5'])
})

test('a loader without a language is refused', () => {
  expect(() => openFileLoader({ runDir: '.', languages: [] })).toThrow('`languages` must contain at least one language')
})
