import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openControls } from '../../packages/runtimectl/src/node.ts'
import { runRuntimectl } from '../../packages/runtimectl/src/program.ts'
import { bundle, Finding, inDirectory, type Reader } from './reader.ts'

/** Registered functions on a queue that other programs write, and the program that shows it. */
export const queueReader: Reader = {
  name: 'queue',
  syntax: 'json',
  seeds: [
    bundle({
      'commands.jsonl': [
        '{"id": "a", "ts": 1790001000.5, "op": "set", "path": "x", "args": [1, "b", null], "kwargs": {"c": 2.50}}',
        '{"id": "b", "op": "set", "path": "y.z", "args": [[1, 2], {"a": NaN}], "kwargs": {}}',
        '{"op": "set", "path": "x"}',
        '{"id": 7, "op": "get", "path": "nosuch", "args": {}}',
        '',
      ].join('\n'),
      'acks.jsonl':
        '{"id": "z", "status": "applied", "path": "x", "ts": 1790001000.5, "result": null}\n{"id": "y", "status": "failed", "error": "no"}\n',
      'registry.json':
        '{"version": 1, "holder": "h", "ts": 1, "controls": [{"path": "x", "description": "what it does", "checked": null, "again": true}]}\n',
    }),
  ],
  read: (input) =>
    inDirectory(input, (dir) => {
      const said: string[] = []
      const controls = openControls({ dir, log: (message) => void said.push(message) })
      controls.register('x', (_ctx, ...args) => {
        if (args.length > 3) throw new RangeError(`at most three, got ${args.length}`)
      })
      controls.register('y.z', () => undefined, { validate: (value) => value })
      const acks = [...controls.pollAndApply(), ...controls.pollAndApply()]
      controls.restore(controls.snapshot())
      controls.close()
      for (const ack of acks) if (ack.error !== undefined) said.push(ack.error)
      checkAcks(dir)
      return [...said, ...shown(dir)]
    }),
}

function checkAcks(dir: string): void {
  const path = join(dir, 'acks.jsonl')
  if (!existsSync(path) || readFileSync(path).length === 0) return
  const last = readFileSync(path, 'utf8').split('\n').filter(Boolean).at(-1) ?? ''
  if (last.length > 16 * 1024 * 1024) throw new Finding('an ack that no reader accepts')
}

function shown(dir: string): readonly string[] {
  const said: string[] = []
  const ports = { version: '0', out: () => undefined, err: (line: string) => void said.push(line) }
  for (const words of [['status', '--last', '5'], ['list']]) runRuntimectl(['-q', dir, ...words], ports)
  return said
}
