// Measures the cost of reading one command: run with `npx vitest bench --run packages/protocol`.
import { bench, describe } from 'vitest'
import { parseJson, readCommand } from '../src/index.ts'

const lines = Array.from({ length: 1000 }, (_, i) =>
  JSON.stringify({
    cid: `01hzx${i}`,
    ts: 1_790_000_000.25 + i,
    source: 'cli',
    module: i % 3 === 0 ? 'loss' : 'opt',
    op: 'set_params',
    id: 'main',
    params: i % 3 === 0 ? { recon_w: 0.5 } : { lr: 1e-3, weight_decay: i },
    ...(i % 7 === 0 ? { at: { step: i, event: null } } : {}),
  }),
)
const values = lines.map((line): unknown => JSON.parse(line))

describe('a thousand commands', () => {
  bench('JSON.parse', () => {
    for (const line of lines) JSON.parse(line)
  })
  bench('parseJson', () => {
    for (const line of lines) parseJson(line)
  })
  bench('readCommand', () => {
    for (const value of values) readCommand(value)
  })
})
