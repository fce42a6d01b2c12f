// The plan of 100,000 trials beside JSON.parse of the same trials. Prints one JSON object.
import { openWorkspace, plannedTrials } from '@hotcb/sweep/node'
import { cpuMs, withWorkspace } from './workspace.mjs'

const PARAMETERS = [
  '  lr: {type: continuous, low: 1e-5, high: 1e-1, scale: log, steps: 50}',
  '  wd: {type: continuous, low: 1e-6, high: 1e-2, scale: log, steps: 20}',
  '  opt: {type: discrete, values: [sgd, adam, lion, rmsprop, adagrad]}',
  '  seed: {type: int, low: 0, high: 19}',
  '',
].join('\n')

await withWorkspace(PARAMETERS, '', async (root) => {
  const workspace = openWorkspace(root)
  const start = cpuMs()
  const { trials } = await plannedTrials(workspace)
  const plan_ms = cpuMs() - start
  const mb = process.resourceUsage().maxRSS / 1024
  workspace.close()
  const text = JSON.stringify(trials.map(({ trial }) => trial))
  const before = cpuMs()
  const count = JSON.parse(text).length
  process.stdout.write(`${JSON.stringify({ count, plan_ms, mb, floor_ms: cpuMs() - before })}\n`)
})
