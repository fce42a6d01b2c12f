// A recipe of a hundred thousand entries: opening a run that follows it, a step with one entry due, a step with none.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { planReplay, readRecipe } from '@hotcb/recipe'
import { inTurns, oneWrite, parseLines, readClock } from './floors.mjs'
import { quantile, withRunDir } from './measure.mjs'

const COUNT = 100_000

const entries = Array.from({ length: COUNT }, (_, i) => {
  const params = { lr: 1e-4 + (i % 1000) * 1e-6 }
  return JSON.stringify({
    at: { step: 2 * i + 1, event: 'train_step_end', call: 0 },
    module: 'opt',
    op: 'set_params',
    id: 'main',
    params,
  })
})
const text = `${entries.join('\n')}\n`

const result = withRunDir((dir) => {
  writeFileSync(join(dir, 'r.jsonl'), text)
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode":"replay","recipe_path":"r.jsonl"}')
  const loads = Array.from({ length: 5 }, () => {
    const start = performance.now()
    const recipe = readRecipe(text, { file: 'r.jsonl' })
    if (!recipe.ok || !planReplay(recipe.value).ok) throw new Error('the recipe cannot be loaded')
    return performance.now() - start
  })
  const optimizer = { paramGroups: [{ lr: 0.1 }] }
  const opening = performance.now()
  const kernel = openKernel(dir, { state: createMutableState(optimizerActuators(optimizer)) })
  kernel.continueFrom({ step: 0 })
  const opened = performance.now() - opening
  const [due, none] = [[], []]
  for (let step = 0; step < COUNT; step++) {
    const start = process.hrtime.bigint()
    kernel.apply({ step }, ['train_step_end'])
    ;(step % 2 === 1 ? due : none).push(Number(process.hrtime.bigint() - start))
  }
  kernel.close()
  const write = oneWrite()
  const floors = inTurns({ write: write.act, clock: readClock }, 50_000)
  write.close()
  return {
    entries: COUNT,
    parse_cpu_ms: parseLines(text),
    write_ns: floors.write.median,
    clock_ns: floors.clock.median,
    load_ms: quantile(loads, 0.5),
    open_ms: opened,
    step_due_ns: quantile(due, 0.5),
    step_none_ns: quantile(none, 0.5),
  }
})
console.log(JSON.stringify(result))
