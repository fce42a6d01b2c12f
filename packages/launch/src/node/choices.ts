import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readStampedDocument } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { isLaunchError, LaunchError } from '../launch-error.ts'
import type { LaunchChoice, LaunchChoices } from '../launcher.ts'
import { readOptionFile } from '../option-file.ts'
import type { LaunchOptions } from '../options.ts'
import { planLaunch, type Trainings } from '../plan.ts'

/** The training that a choice starts. */
export interface FoundChoice {
  readonly options: LaunchOptions
  /** The directory of the config file, where its relative names begin; null for a built-in example. */
  readonly folder: string | null
}

// `hotcb.launch.yaml`, and further ones such as `hotcb.launch.long.yaml`.
const FILE = /^hotcb\.launch(\.[\w-]+)?\.(yaml|json)$/

/** Lists the built-in training runs, and the config files directly in the roots. */
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
        description: `Trains ${trained} with the options of this file.`,
        max_steps: maxSteps,
        step_delay: stepDelaySeconds,
      })
    } catch (error) {
      problems.push(isLaunchError(error) ? error.message : `\`${id}\`: ${messageOf(error)}`)
    }
  }
  return { choices, problems }
}

/**
 * Finds what a request may start. Only names in the list count: a request never contains a path or a command.
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
      // Two roots may have files of one name.
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

/** The options of a file. Each start gets its own directory; address and port belong to another dashboard. */
function optionsOf(folder: string, name: string): LaunchOptions {
  // A link that leads out of the root is not the owner's choice for this dashboard.
  const text = readStampedDocument(join(folder, name), { within: [folder] })?.text
  if (text === undefined) throw new LaunchError('bad-option', `\`${name}\` was removed`)
  const read = readOptionFile(text, name)
  if (!read.ok) throw new LaunchError('bad-option', read.reason)
  const { runDir: _runDir, serve: _serve, host: _host, port: _port, ...options } = read.value
  return options
}
