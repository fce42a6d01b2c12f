import { defaultRecipe, knobsOf, readTuneRecipeText } from '@hotcb/tune'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type Run, readControls } from '../../run.ts'
import { count, doneMark } from '../recipe/notes.ts'
import type { SourceText } from '../recipe/source-text.ts'

/** Reports all problems in a tuner recipe, including mismatches with a run's controls. */
export function validateTuneRecipe({ file, text }: SourceText, run: Run | null, context: CliContext): ExitCode {
  const { terminal, json } = context
  const read = readTuneRecipeText(text, file)
  const controls = run === null ? [] : readControls(run)
  const isHeld = controls.length > 0
  const { knobs, missing } = knobsOf(read.ok ? read.recipe : defaultRecipe([]), controls)
  const problems = read.ok ? (isHeld ? missing.map((reason) => `${file}: ${reason}`) : []) : read.problems
  const valid = problems.length === 0
  if (json) terminal.json({ valid, file, knobs: isHeld ? knobs.map(({ name }) => name) : null, problems })
  else if (valid) {
    const held = isHeld ? `, ${count(knobs.length, 'knob', 'knobs')} for this run` : ''
    terminal.out(`${doneMark(context)} ${file}: tuner recipe, valid${held}`)
  } else {
    for (const problem of problems) terminal.err(problem)
    terminal.err(`${count(problems.length, 'problem', 'problems')} in ${file}`)
  }
  return valid ? EXIT.done : EXIT.refused
}
