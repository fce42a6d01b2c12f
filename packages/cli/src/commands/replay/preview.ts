import { type PreviewRow, previewReplay } from '@hotcb/recipe'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRunDirectory } from '../../run.ts'
import { sourceFinder } from '../recipe/captured-sources.ts'
import { lateNotes } from '../recipe/late-notes.ts'
import { loadPlan, runControls } from '../recipe/load-plan.ts'
import { count, doneMark, printNotes, wrongMark } from '../recipe/notes.ts'
import { ADJUST_ARGS, RECIPE_ARGS, recipePath, requireTypedDirectory } from '../recipe/recipe-args.ts'
import { fileOf } from '../recipe/source-text.ts'

/** `hotcb replay preview RECIPE`: shows what a replay would do. */
export const replayPreviewCommand: CliCommand = cliCommand({
  args: { ...RECIPE_ARGS, ...ADJUST_ARGS },
  about: [
    "Prints one row per entry in replay order: step, event, change, and origin. With `--dir RUN`, the entries are checked against that run's controls; the exit code is 1 if one does not match.",
  ],
  examples: [
    { type: 'hotcb --dir runs/b replay preview runs/a/hotcb.recipe.jsonl', does: 'check whether it matches runs/b' },
    { type: 'hotcb --dir runs/a replay preview --adjust hotcb.adjust.yaml', does: 'with an overlay' },
  ],
  run(args, context) {
    const { terminal, json, dir, dirGiven } = context
    requireTypedDirectory(context)
    const recipe = recipePath(args)
    const plan = loadPlan(dir, { recipe, adjust: args.adjust, stepOffset: args['step-offset'] })
    const run = dirGiven ? runControls(openRunDirectory(dir), plan.entries) : null
    const rows = previewReplay(plan, run, sourceFinder(dir, fileOf(dir, recipe)))
    const fits = rows.every(({ problem }) => problem === null)
    const against = run === null ? null : dir
    const notes = [...plan.notes, ...(dirGiven ? lateNotes(plan.entries, openRunDirectory(dir).life()) : [])]
    if (json) terminal.json({ against, fits, rows, notes })
    else print(rows, against, context)
    const unheld =
      dirGiven && run === null ? [`\`${dir}\` has no control descriptions to check the recipe against`] : []
    printNotes([...notes, ...unheld], context)
    return fits ? EXIT.done : EXIT.refused
  },
})

function print(rows: readonly PreviewRow[], against: string | null, context: CliContext): void {
  const { terminal } = context
  for (const row of tableOf(rows, terminal)) terminal.out(row)
  const all = count(rows.length, 'entry', 'entries')
  const held = against === null ? '' : ` the controls of \`${against}\``
  const wrong = rows.filter(({ problem }) => problem !== null).length
  if (wrong > 0) terminal.err(`${wrongMark(context)} ${wrong} of ${all} do${wrong === 1 ? 'es' : ''} not match${held}`)
  else terminal.out(`${doneMark(context)} ${all}${against === null ? '' : `, all fit${held}`}`)
}

function tableOf(rows: readonly PreviewRow[], terminal: Terminal): readonly string[] {
  return alignColumns(
    rows.map(({ step, event, what, origin, problem }) => [
      `step ${step}`,
      event ?? 'any',
      terminal.bold(what),
      terminal.dim(origin),
      problem === null ? '' : terminal.red(problem),
    ]),
  )
}
