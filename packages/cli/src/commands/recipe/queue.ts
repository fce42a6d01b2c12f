import { refusal } from '@hotcb/commands'
import type { RecipeEntry } from '@hotcb/protocol'
import { fitRecipe, placeMismatch, queueRecipe } from '@hotcb/recipe'
import type { Liveness } from '@hotcb/run'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun, type Run } from '../../run.ts'
import { senderOf } from '../ask/send.ts'
import { lateNotes } from './late-notes.ts'
import { loadPlan, runControls } from './load-plan.ts'
import { count, doneMark, printNotes } from './notes.ts'
import { ADJUST_ARGS, isInPart, PART_ARGS, RECIPE_ARGS, readPart, recipePath } from './recipe-args.ts'

/** `hotcb recipe queue`: schedules a recipe without locking the run. */
export const recipeQueueCommand: CliCommand = cliCommand({
  args: { ...RECIPE_ARGS, ...ADJUST_ARGS, ...PART_ARGS },
  about: [
    "Queues a command for every entry at its step, as `set --at` does. Unlike in a replay, the run remains open to live control, and the freeze and `hotcb cancel` apply to each command. Queueing a recipe twice sends its commands twice. If an entry does not match the run's controls, nothing is sent.",
  ],
  examples: [
    {
      type: 'hotcb --dir runs/exp-002 recipe queue runs/exp-001/hotcb.recipe.jsonl',
      does: 'queue the changes from a different run',
    },
    { type: 'hotcb recipe queue warmup.jsonl --step-offset 1000', does: 'the same, 1000 steps later' },
  ],
  run(args, context) {
    const { terminal, json, dir } = context
    const part = readPart(args)
    const run = openRun(dir)
    const life = run.life()
    if (run.isForeign()) {
      throw refusal('this run is trained by hotcb 2 in Python, which does not support `at`: nothing was sent')
    }
    const plan = loadPlan(dir, { recipe: recipePath(args), adjust: args.adjust, stepOffset: args['step-offset'] })
    const [mismatch] = fitRecipe(plan.entries, runControls(run, plan.entries))
    if (mismatch !== undefined) throw refusal(`${placeMismatch(plan, mismatch)}: nothing was sent`)
    const entries = plan.entries.filter((entry) => isInPart(entry, part))
    const drafts = queueRecipe(entries)
    const { cids } = run.send(drafts, senderOf(context))
    const notes = [
      ...plan.notes,
      ...earlyNotes(entries),
      ...lateNotes(entries, life),
      ...aliveNotes(life),
      ...freezeNotes(run),
    ]
    if (json) {
      const queued = drafts.map(({ module, op, id, params = null, at }, i) => ({
        cid: cids[i],
        module,
        op,
        id,
        params,
        at,
      }))
      terminal.json({ queued, notes })
    } else terminal.out(`${doneMark(context)} queued ${count(entries.length, 'entry', 'entries')}${steps(entries)}`)
    printNotes(notes, context)
    return EXIT.done
  },
})

function steps(entries: readonly RecipeEntry[]): string {
  const [first] = entries
  const last = entries.at(-1)
  if (first === undefined || last === undefined) return ''
  return first.at.step === last.at.step
    ? ` for step ${first.at.step}`
    : ` for steps ${first.at.step} to ${last.at.step}`
}

function earlyNotes(entries: readonly RecipeEntry[]): readonly string[] {
  const early = entries.filter(({ at }) => at.step < 0).length
  return early === 0 ? [] : [`${count(early, 'entry is', 'entries are')} for before step 0: queued for step 0`]
}

function aliveNotes({ verdict }: Liveness): readonly string[] {
  return verdict !== 'dead' ? [] : ['no trainer is alive; the next one will apply the commands']
}

function freezeNotes(run: Run): readonly string[] {
  const { mode } = run.freeze().state
  return mode === 'off'
    ? []
    : [`the run is frozen (\`${mode}\`): commands that become due before \`hotcb unfreeze\` will be refused`]
}
