import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { control, stateDocument, writeRun } from './answerer.ts'
import { temporaryDirectory } from './surroundings.ts'

/** A run with controls, a callback, a held command and a checkpoint, whose names can be completed. */
export function newRun(): string {
  const dir = temporaryDirectory()
  writeRun(dir, {
    actuators: {
      controls: [
        control('lr', 'optimizer', { label: 'Learning rate', current: 0.1 }),
        control('distill', 'loss'),
        control('terms.aux', 'loss', { type: 'bool', current: true }),
        control('kind', 'net', { choices: ['a', 'b'], current: 'a' }),
      ],
    },
    state: stateDocument({
      modules: { cb: { probe: { loaded: true, enabled: true } } },
      held: [{ cid: '1m81k26kwh0yhe20xdq', writer: null, offset: 0, at: { step: 9 } }],
    }),
  })
  mkdirSync(join(dir, 'hotcb.checkpoints/best'), { recursive: true })
  return dir
}
