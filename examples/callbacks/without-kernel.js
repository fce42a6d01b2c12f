// A loop without a kernel: callbacks come from a YAML file and a command file, changes in either are applied, and
// requests of a callback are returned to the loop. Exits with 1 if that did not happen.
import assert from 'node:assert/strict'
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HotController } from '@hotcb/cb/node'

const dir = mkdtempSync(join(tmpdir(), 'hotcb-controller-'))
const configPath = join(dir, 'hotcb.yaml')
const commandsPath = join(dir, 'hotcb.commands.jsonl')
copyFileSync(fileURLToPath(new URL('weight-norm.ts', import.meta.url)), join(dir, 'weight-norm.ts'))
writeFileSync(
  configPath,
  `callbacks:
  norm:
    target: { kind: file, path: weight-norm.ts, symbol: WeightNorm }
    init: { every: 20, limit: 1 }
`,
)

// The bottom of a bowl, found by going down.
const weights = [0, 0]
let rate = 0.2
const controller = new HotController({ configPath, commandsPath })
for (let step = 0; step < 200; step++) {
  weights[0] -= rate * (weights[0] - 3)
  weights[1] -= rate * (weights[1] + 1)
  // As another process does it: `hotcb --dir DIR cb set_params norm every=50`.
  if (step === 50) appendFileSync(commandsPath, '{"op": "set_params", "id": "norm", "params": {"every": 50}}\n')
  const { stop, asked } = controller.apply({ step, weights })
  for (const { module, params } of asked) if (module === 'opt') rate = params?.lr ?? rate
  if (stop) break
}
const { norm } = controller.status()
controller.close()

console.log(readFileSync(join(dir, 'hotcb.log'), 'utf8').trimEnd())
console.log(`weights ${weights.map((w) => w.toFixed(3)).join(', ')}, rate ${rate}; ${norm.calls} calls of norm`)
assert.deepEqual([rate, norm.calls, norm.last_params], [0.05, 200, { every: 50 }])
