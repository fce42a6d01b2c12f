import { usageError } from '@hotcb/commands'
import { runFiles } from '@hotcb/protocol'
import { formatOverlay, overlayBetween } from '@hotcb/recipe'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { loadRecipe } from './load-plan.ts'
import { count, doneMark } from './notes.ts'
import { requireTypedDirectory } from './recipe-args.ts'
import { pathToWrite, requireFree, writeTarget } from './target-file.ts'

/** `hotcb recipe overlay A B`: the overlay that turns one recipe into another. */
export const recipeOverlayCommand: CliCommand = cliCommand({
  args: {
    a: {
      type: 'positional',
      required: true,
      valueHint: 'A',
      description: 'The recipe that the overlay is for; `-` for standard input.',
      completes: { kind: 'files' },
    },
    b: {
      type: 'positional',
      required: true,
      valueHint: 'B',
      description: 'The resulting recipe.',
      completes: { kind: 'files' },
    },
    out: {
      type: 'string',
      default: '-',
      valueHint: 'PATH',
      description:
        'The file to write; a bare file name is relative to the run directory. Default: `-`, standard output.',
    },
    force: { type: 'boolean', description: 'Overwrite an existing file.' },
  },
  about: [
    'Writes the difference between a recipe and an edited copy as an overlay: a replay of A with the overlay follows B, entry for entry.',
  ],
  examples: [
    { type: 'hotcb recipe overlay a.jsonl edited.jsonl', does: 'print the overlay' },
    {
      type: `hotcb --dir runs/exp-001 recipe overlay hotcb.recipe.jsonl edited.jsonl --out ${runFiles.adjustYaml}`,
      does: 'for `freeze --mode replay_adjusted`',
    },
  ],
  run(args, context) {
    const { terminal, json, dir } = context
    requireTypedDirectory(context)
    if (args.a === '-' && args.b === '-') throw usageError('only one of A and B can be standard input')
    const overlay = overlayBetween(loadRecipe(dir, args.a).entries, loadRecipe(dir, args.b).entries)
    if (args.out !== '-' && args.force !== true) requireFree(pathToWrite(dir, args.out), 'out')
    const text = formatOverlay(overlay)
    const patches = overlay.patches.length
    if (json && args.out === '-') {
      terminal.json({ path: null, patches, overlay: text })
      return EXIT.done
    }
    const path = writeTarget(dir, args.out, text)
    if (json) terminal.json({ path, patches })
    else if (path !== null) terminal.out(`${doneMark(context)} ${count(patches, 'patch', 'patches')}: ${path}`)
    return EXIT.done
  },
})
