import { existsSync } from 'node:fs'
import { refusal, usageError } from '@hotcb/commands'
import { readDocument } from '@hotcb/journal'
import { type Json, runFiles, type TuneRecipe } from '@hotcb/protocol'
import { formatYaml } from '@hotcb/protocol/yaml'
import {
  defaultRecipe,
  evolveRecipe,
  readTuneRecipeText,
  summaryOf,
  type TunerHistory,
  withSettings,
} from '@hotcb/tune'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { type Run, readControls } from '../../run.ts'
import { doneMark } from '../recipe/notes.ts'
import { pathToWrite, writeTarget } from '../recipe/target-file.ts'
import { readStory } from './read-story.ts'

/** `hotcb tune export-recipe`: writes a run's results as a recipe for the next run. */
export const tuneExportRecipeCommand: CliCommand = cliCommand({
  args: {
    out: {
      type: 'string',
      default: '-',
      valueHint: 'PATH',
      description: 'The file to write: `.yaml` for a recipe, `.json` for a summary; a bare file name is relative to the run directory. Default: `-`, standard output.',
    },
    force: { type: 'boolean', description: 'Replace an existing file.' },
  },
  about: [
    'Writes a recipe in which the most likely move of each knob is the median of the accepted moves, and its bounds are 50 % wider than before. If the file name ends in `.json`, it writes how often each knob\'s changes were accepted, and their mean score.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 tune export-recipe', does: 'print it' },
    { type: 'hotcb --dir runs/exp-001 tune export-recipe --out ../exp-002/hotcb.tune.recipe.yaml', does: 'for the next run' },
    { type: 'hotcb --dir runs/exp-001 tune export-recipe --out summary.json', does: 'write the summary' },
  ],
  run({ out, force }, context) {
    const { dir, terminal, json } = context
    if (out !== '-' && !/\.(ya?ml|json)$/.test(out)) {
      throw usageError(`\`--out\` must end in .yaml or .json, got \`${out}\``)
    }
    const { run, story } = readStory(dir)
    const evolved = evolveRecipe(recipeOf(run, story), story)
    const summary = summaryOf(story, story.mode ?? 'off', run.document('state').value?.step ?? null)
    const isSummary = out.endsWith('.json')
    if (out !== '-' && force !== true && existsSync(pathToWrite(dir, out))) {
      throw refusal(`\`${pathToWrite(dir, out)}\` already exists`, 'use `--force` to replace it')
    }
    if (json && out === '-') {
      terminal.json({ path: null, recipe: evolved, summary })
      return EXIT.done
    }
    // It is plain data, but its interface has no index signature.
    const text = isSummary ? `${JSON.stringify(summary, null, 2)}\n` : formatYaml(evolved as unknown as Json)
    const path = writeTarget(dir, out, text)
    if (json) terminal.json({ path })
    else if (path !== null) terminal.out(`${doneMark(context)} ${path}`)
    return EXIT.done
  },
}) // biome-ignore format: more readable

/** Returns the run's recipe, or else the one derived from its controls, with the changes made by `tune set`. */
function recipeOf(run: Run, { settings }: TunerHistory): TuneRecipe {
  const read = withSettings(documentOf(run), settings)
  if (!read.ok) throw refusal(read.reason)
  return read.value
}

function documentOf(run: Run): Json {
  const path = run.path('tuneRecipe')
  // It is plain data, but its interface has no index signature.
  const document = readDocument(path)
  if (document === null) return defaultRecipe(readControls(run)) as unknown as Json
  const read = readTuneRecipeText(document.text, runFiles.tuneRecipe)
  if (!read.ok) throw refusal(read.problems[0] ?? 'the recipe cannot be read')
  return read.document
}
