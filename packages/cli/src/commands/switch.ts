import { nearest } from '@hotcb/protocol'
import { type CliCommand, cliCommand } from '../command.ts'
import { moduleByKey, readControls } from '../controls.ts'
import { refusal } from '../errors.ts'
import { SEND_FLAGS } from '../flags.ts'
import { openRun, type Run } from '../run.ts'
import { type Asked, sendCommands } from '../send.ts'

/** `hotcb enable X`: a control by its key, else a callback by its id. */
export function switchCommand(op: 'enable' | 'disable'): CliCommand {
  return cliCommand({
    args: {
      name: {
        type: 'positional',
        required: true,
        valueHint: 'NAME',
        description: `What to ${op}: a control by its key, else a callback by its id.`,
      },
      ...SEND_FLAGS,
    },
    about: ['A control that is disabled keeps its value; changing it is refused until it is enabled.'],
    examples: [
      { type: `hotcb ${op} lr`, does: 'a control of the optimizer' },
      { type: `hotcb --dir runs/exp-001 ${op} terms.aux_depth`, does: 'a term of the loss' },
      { type: `hotcb --dir runs/exp-001 ${op} timing`, does: 'a callback' },
    ],
    completes: 'handles',
    run(args, context) {
      const run = openRun(context.dir)
      return sendCommands(context, [askedOf(op, args.name, run)], args, run)
    },
  })
}

function askedOf(op: 'enable' | 'disable', name: string, run: Run): Asked {
  const modules = moduleByKey(readControls(run))
  const module = modules.get(name)
  if (module !== undefined) return { module, op, params: { key: name } }
  if (!hasCallbacks(run)) {
    const near = nearest(name, modules.keys())
    const hint = near.length > 0 ? `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?` : known(modules)
    throw refusal(`\`${name}\` is no control of this run, and its trainer has no callbacks: ${hint}`)
  }
  return { module: 'cb', op, id: name }
}

// A trainer with callbacks says so in its state document; hotcb 2's always has them; of one to come nobody knows.
function hasCallbacks(run: Run): boolean {
  const state = run.document('state').value
  return state === undefined || run.isForeign() || 'cb' in state.modules
}

function known(modules: ReadonlyMap<string, string>): string {
  if (modules.size === 0) return 'no trainer has described its controls yet'
  const keys = [...modules.keys()]
  return `known are ${keys.slice(0, 12).join(', ')}${keys.length > 12 ? ', …' : ''}`
}
