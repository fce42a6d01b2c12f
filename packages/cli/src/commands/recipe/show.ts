import { describeEntry } from '@hotcb/recipe'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { alignColumns } from '../../print/table.ts'
import { loadRecipe } from './load-plan.ts'
import { count } from './notes.ts'
import { isInPart, PART_ARGS, RECIPE_ARGS, readPart, recipePath, requireTypedDirectory } from './recipe-args.ts'

/** `hotcb recipe show`: a recipe as a table. */
export const recipeShowCommand: CliCommand = cliCommand({
  args: { ...RECIPE_ARGS, ...PART_ARGS },
  about: ['Prints one row per entry, with its line in the file. `--json` prints one object per line.'],
  examples: [
    { type: 'hotcb --dir runs/exp-001 recipe show', does: "show the run's recipe" },
    { type: 'hotcb recipe show a.jsonl --module opt --from 100', does: 'show part of a different recipe' },
  ],
  run(args, context) {
    const { terminal, json, dir } = context
    const part = readPart(args)
    requireTypedDirectory(context)
    const { file, entries, lines } = loadRecipe(dir, recipePath(args))
    const rows = entries
      .map((entry, i) => ({ line: lines[i] ?? i + 1, entry }))
      .filter(({ entry }) => isInPart(entry, part))
    if (json) {
      for (const { line, entry } of rows) terminal.json({ line, ...entry })
      return EXIT.done
    }
    const cells = rows.map(({ line, entry }) => [
      terminal.dim(String(line).padStart(5)),
      `step ${entry.at.step}`,
      entry.at.event ?? 'any',
      terminal.bold(describeEntry(entry)),
    ])
    for (const row of alignColumns(cells)) terminal.out(row)
    const all = count(entries.length, 'entry', 'entries')
    terminal.out(terminal.dim(`${rows.length === entries.length ? all : `${rows.length} of ${all}`} in ${file}`))
    return EXIT.done
  },
})
