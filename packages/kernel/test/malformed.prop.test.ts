import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, runDir, toyTrainer } from './run-dir.ts'

/** All kinds of lines from a careless or hostile writer. */
const line = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    '{',
    '[]',
    'null',
    '"',
    '{"op":1}',
    '{"op":"set_params","params":[]}',
    'NaN',
    '{"op":"x","at":{"step":-1}}',
  ),
  fc
    .record(
      {
        module: fc.oneof(
          fc.constantFrom('opt', 'loss', 'core', 'cb', 'tune', 'ctl', 'custom', '__proto__'),
          fc.jsonValue(),
        ),
        op: fc.oneof(
          fc.constantFrom('set_params', 'enable', 'disable', 'cancel', 'revert', 'checkpoint', 'load'),
          fc.jsonValue(),
        ),
        id: fc.jsonValue(),
        params: fc.oneof(
          fc.dictionary(
            fc.constantFrom('lr', 'betas', 'ce', 'ramps.ce', 'terms.ce', 'group', 'key', 'value', '__proto__'),
            fc.jsonValue(),
          ),
          fc.jsonValue(),
        ),
        at: fc.jsonValue(),
        expires: fc.jsonValue(),
        expect: fc.jsonValue(),
        cid: fc.jsonValue(),
        target: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
)

// A line ends at a newline, and a line with U+0000 is delayed.
const oneLine = line.map((text) => text.replaceAll('\n', ' ').replaceAll('\r', ' ').replaceAll('\0', ' '))

test('ten thousand malformed lines: none throws into the loop, and each is answered', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  let step = 0
  fc.assert(
    fc.property(fc.array(oneLine, { minLength: 50, maxLength: 50 }), (lines) => {
      const before = kernel.seq
      const asked = lines.filter((text) => text.trim() !== '')
      appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${lines.join('\n')}\n`)
      const held = asked.filter((text) => isHeld(text)).length
      for (let i = 0; i < 50 && kernel.seq < before + asked.length - held; i++) kernel.apply({ step: step++ })
      expect(kernel.seq - before).toBeGreaterThanOrEqual(asked.length - held)
      expect(Number.isFinite(optimizer.paramGroups[0]?.lr)).toBe(true)
    }),
    { numRuns: 200 },
  )
  kernel.close()
  const lines = answers(dir)
  expect(lines.length).toBeGreaterThan(9_000)
  // One command, one line: by place, since a hostile writer may repeat a `cid`.
  expect(new Set(lines.map((one) => one.offset)).size).toBe(lines.length)
})

// A valid command that waits for a step has no line yet.
function isHeld(text: string): boolean {
  return text.includes('"at"')
}
