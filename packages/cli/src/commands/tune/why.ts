import { explainMutation } from '@hotcb/tune'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { findMutation, readStory } from './read-story.ts'

/** `hotcb tune why M`: why a change was tried, and how it was judged. */
export const tuneWhyCommand: CliCommand = cliCommand({
  args: {
    mutation: { type: 'positional', valueHint: 'M', description: 'The change, as `hotcb tune status` shows it: m_00003, or 3.' },
  },
  examples: [{ type: 'hotcb --dir runs/exp-001 tune why m_00003', does: 'one change' }],
  run({ mutation }, { dir, json, terminal }) {
    const found = findMutation(readStory(dir).story, mutation)
    if (json) terminal.json(found)
    else for (const line of explainMutation(found)) terminal.out(line)
    return EXIT.done
  },
}) // biome-ignore format: more readable
