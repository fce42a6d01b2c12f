import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openControls } from '../src/node.ts'
import { acksOf, ask, brief, write } from './queue.ts'

const name = fc.constantFrom('id', 'op', 'path', 'args', 'kwargs', 'ts', '__proto__', 'constructor')
const line = fc.oneof(
  fc.json(),
  fc
    .dictionary(name, fc.oneof(fc.jsonValue(), fc.constantFrom('set', 'x', 'y', [], {})))
    .map((one) => JSON.stringify(one)),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.nat(60).map((depth) => '['.repeat(depth * 100) + ']'.repeat(depth * 100)),
  fc.nat(60).map((depth) => `{"path": "x", "args": ${'['.repeat(depth * 100)}${']'.repeat(depth * 100)}}`),
  fc.nat(60).map((depth) => `{"path": ${'['.repeat(depth * 100)}${']'.repeat(depth * 100)}}`),
)

test('no text in the queue causes an exception, each line is answered once, and the next command is executed', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (lines) => {
      const dir = mkdtempSync(join(tmpdir(), 'hotcb-controls-'))
      const opened: { close(): void }[] = []
      try {
        const said: string[] = []
        const open = () => {
          const controls = openControls({ dir, log: (message) => void said.push(message) })
          opened.push(controls)
          controls.register('x', () => undefined)
          controls.register('y', () => {
            throw { toString: 5 }
          })
          return controls
        }
        const controls = open()
        for (const one of lines) {
          write(dir, Buffer.concat([Buffer.from(one), Buffer.from('\n')]))
          controls.pollAndApply({ every: 0 })
        }
        ask(dir, ['last', 'x'])
        const acks = brief(controls.pollAndApply({ every: 0 }))
        expect(acks.at(-1)).toBe('last applied')
        const all = acksOf(dir).map(({ id }) => id)
        expect(new Set(all.map(String)).size).toBe(all.length)
        expect(open().pollAndApply()).toEqual([])
        expect(said.filter((message) => !message.startsWith('the ID '))).toEqual([])
      } finally {
        for (const controls of opened) controls.close()
        rmSync(dir, { recursive: true, force: true })
      }
    }),
    { numRuns: 200 },
  )
})
