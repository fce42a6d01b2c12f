import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readStampedDocument } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { LaunchError } from '../launch-error.ts'
import type { LaunchChoice, LaunchChoices } from '../launcher.ts'
import { readOptionFile } from '../option-file.ts'
import type { LaunchOptions } from '../options.ts'
import { planLaunch, type Trainings } from '../plan.ts'

/** The training that a choice starts. */
export interface FoundChoice {
  readonly options: LaunchOptions
  /** The directory of the config file, which its relative paths refer to; null for a built-in example. */
  readonly folder: string | null
}

// Matches `hotcb.launch.yaml`, and names such as `hotcb.launch.long.yaml`.
const FILE = /^hotcb\.launch(\.[\w-]+)?\.(yaml|json)$/

/** Lists the built-in training runs and the config files located directly in the roots. */
export function listChoices(roots: readonly string[], trainings: Trainings): LaunchChoices {
  const choices: LaunchChoice[] = Object.entries(trainings).map(([id, training]) => ({
    id,
    kind: 'built-in',
    description: training.description,
    max_steps: training.maxSteps,
    step_delay: training.stepDelaySeconds,
  }))
  const problems: string[] = []
  for (const { id, folder, name } of filesIn(roots)) {
    try {
      const { name: trained, maxSteps, stepDelaySeconds } = planLaunch(optionsOf(folder, name), trainings)
      choices.push({
        id,
        kind: 'file',
        description: `Trains ${trained} with the options in this file.`,
        max_steps: maxSteps,
        step_delay: stepDelaySeconds,
      })
    } catch (error) {
      const text = messageOf(error)
      // Errors in the text of a file already contain its name.
      problems.push(text.includes(name) ? text : `\`${id}\`: ${text}`)
    }
  }
  return { choices, problems }
}

/**
 * Finds the training run that a request names. Only names in the list are valid: a request never contains a path or a
 * command.
 *
 * @throws {@link LaunchError} `bad-option`
 */
export function findChoice(id: string, roots: readonly string[], trainings: Trainings): FoundChoice {
  if (Object.hasOwn(trainings, id)) return { options: { config: id }, folder: null }
  const file = filesIn(roots).find((one) => one.id === id)
  if (file === undefined) throw new LaunchError('bad-option', `no training run is called \`${id.slice(0, 100)}\``)
  return { options: optionsOf(file.folder, file.name), folder: file.folder }
}

interface ConfigFile {
  readonly id: string
  readonly folder: string
  readonly name: string
}

function filesIn(roots: readonly string[]): readonly ConfigFile[] {
  return roots.flatMap((folder, at) =>
    namesIn(folder)
      .filter((name) => FILE.test(name))
      .sort()
      // Two roots may contain files with the same name.
      .map((name) => ({ id: at === 0 ? name : `${at + 1}/${name}`, folder, name })),
  )
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // The search for runs reports a root that cannot be read.
    return []
  }
}

/**
 * Returns the options in a file, without those that a page cannot use: each start gets its own directory, and the address and the port are
 * for a different dashboard.
 */
function optionsOf(folder: string, name: string): LaunchOptions {
  // A link that points outside the root was not offered by the owner of this dashboard.
  const text = readStampedDocument(join(folder, name), { within: [folder] })?.text
  if (text === undefined) throw new LaunchError('bad-option', `\`${name}\` was removed`)
  const read = readOptionFile(text, name)
  if (!read.ok) throw new LaunchError('bad-option', read.reason)
  const { runDir: _runDir, serve: _serve, host: _host, port: _port, ...options } = read.value
  return options
}
