import { checkOptions, type OptionKeys, parseJson } from '@hotcb/protocol'
import { warn } from '@hotcb/protocol/node'
import { createId } from '../command.ts'
import { CONTROLS_KEYS, type Controls, type ControlsOptions, createControls } from '../controls.ts'
import { openQueue } from './queue.ts'

/** The options for a controller in a Node process. */
export interface RuntimeControlsOptions extends ControlsOptions {
  /** The queue directory, if it is already known. Same as `configure(dir)`. */
  readonly dir?: string
  /** Receives one-line messages that would otherwise be lost. @defaultValue a line on stderr */
  readonly log?: (message: string) => void
}

const KEYS: OptionKeys<RuntimeControlsOptions> = { ...CONTROLS_KEYS, dir: true, log: true }

/**
 * Opens a controller on real files: `register` functions, `configure` a directory, and call `pollAndApply` in the loop.
 *
 * @throws Error when `dir` is given and cannot be created; TypeError for an unknown option.
 */
export function openControls<Context = unknown>(options: RuntimeControlsOptions = {}): Controls<Context> {
  checkOptions('openControls', options, KEYS)
  const { dir, log = complain, ...rest } = options
  const now = (): number => performance.now()
  const controls = createControls<Context>(
    {
      openQueue: (path) => openQueue(path, now),
      now,
      wallTime: () => Date.now() / 1000,
      newId: () => createId(Math.random),
      parse: (text) => parseJson(text, { nan: 'keep' }),
      log,
    },
    rest,
  )
  if (dir !== undefined) controls.configure(dir)
  return controls
}

function complain(message: string): void {
  warn(`controls: ${message}`)
}
