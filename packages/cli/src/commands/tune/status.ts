import { isObject, type Json } from '@hotcb/protocol'
import { beliefsOf, describeBelief, describeMutation, familiesOf, type TunerHistory } from '@hotcb/tune'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { readStory } from './read-story.ts'

/** `hotcb tune status`: the tuner's activity, its changes and their outcomes. */
export const tuneStatusCommand: CliCommand = cliCommand({
  args: {
    last: { type: 'string', number: 'count', default: '10', valueHint: 'N', description: 'The number of changes to show. Default: 10.' },
  },
  about: ['The current activity is the trainer\'s last report, which is at most a second old while it is running. The changes are read from the ledger.'],
  examples: [{ type: 'hotcb --dir runs/exp-001 tune status', does: 'its mode, why it is waiting, its changes and their verdicts' }],
  run({ last }, { dir, json, terminal }) {
    const { run, story } = readStory(dir)
    const told = run.document('state').value?.modules?.['tune'] ?? null
    if (json) {
      terminal.json({
        now: told,
        mode: story.mode,
        mutations: story.mutations,
        families: familiesOf(story),
        beliefs: beliefsOf(story),
      })
      return EXIT.done
    }
    for (const line of describeNow(told, story)) terminal.out(line)
    for (const mutation of story.mutations.slice(-Number(last))) terminal.out(describeMutation(mutation))
    printFamilies(story, terminal)
    return EXIT.done
  },
}) // biome-ignore format: more readable

function describeNow(told: Json, { mode, streak }: TunerHistory): readonly string[] {
  if (!isObject(told))
    return [`this run's trainer has not reported a tuner; its last mode in the ledger: ${mode ?? 'never enabled'}`]
  const text = (key: string): string => (typeof told[key] === 'string' ? String(told[key]) : '')
  return [
    `mode ${text('mode')}, objective ${text('objective') || 'not seen yet'}${streak > 0 ? `, ${streak} rejected in a row` : ''}`,
    text('because'),
  ].filter((line) => line !== '')
}

function printFamilies(story: TunerHistory, terminal: CliContext['terminal']): void {
  for (const { name, judged, accepted, meanScore } of familiesOf(story)) {
    const score = meanScore === null ? '' : `, mean score ${Number(meanScore.toPrecision(3))}`
    terminal.out(`${name}: ${accepted} of ${judged} accepted${score}`)
  }
  for (const belief of beliefsOf(story)) terminal.out(terminal.dim(describeBelief(belief)))
}
