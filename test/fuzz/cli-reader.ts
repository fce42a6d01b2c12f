import { runCli, type Terminal } from '../../packages/cli/src/index.ts'
import { createRandom } from './random.ts'
import { bundle, Finding, inDirectory, type Reader } from './reader.ts'
import { FREEZE, goldenLines, META, OVERLAY_JSON, OVERLAY_YAML, RECIPE, RUN } from './seeds.ts'

// What shows or uses text of files, and ends by itself.
const COMMANDS: readonly string[] = [
  ...[
    'status',
    'status --json',
    'watch --once',
    'log',
    'log --json',
    'log --format markdown',
    'log --outcome failed',
    'doctor',
    'doctor --json',
  ],
  ...[
    'set lr=0.5 --wait=0',
    'set ce=1 --at 5 --wait=0',
    'enable lr --wait=0',
    'disable probe --wait=0',
    'opt set_params lr=1 --wait=0',
  ],
  ...[
    'revert --wait=0',
    'cancel a --wait=0',
    'checkpoint save --wait=0',
    'checkpoint load --wait=0',
    'pause --wait=0',
    'stop --wait=0',
  ],
  ...[
    'cb list',
    'cb list --json',
    'cb logs probe',
    'ctl list',
    'ctl call x 1 --wait=0',
    'freeze --mode prod --wait=0',
    'unfreeze --wait=0',
  ],
  ...[
    'freeze --mode replay --recipe r.jsonl --wait=0',
    'freeze --mode replay_adjusted --recipe r.jsonl --adjust o.yaml --wait=0',
  ],
  ...[
    'recipe export --out -',
    'recipe export --force --compat --out -',
    'recipe show r.jsonl',
    'recipe validate r.jsonl',
    'recipe validate r.jsonl --json',
  ],
  ...[
    'recipe diff r.jsonl hotcb.recipe.jsonl',
    'recipe patch-template r.jsonl --output -',
    'recipe apply r.jsonl --adjust o.yaml --out -',
  ],
  ...[
    'recipe apply r.jsonl --adjust o.json --out -',
    'recipe queue r.jsonl',
    'replay preview r.jsonl',
    'replay preview r.jsonl --adjust o.yaml',
  ],
  ...[
    'replay --verify RUN RUN',
    'diff RUN RUN',
    'diff RUN RUN --json',
    'export metrics --format csv --out - ',
    'export metrics --format jsonl --out x.jsonl',
    'init',
  ],
  ...['__complete -- set ', '__complete -- cb enable ', '__complete -- revert '],
]

const RUNS = 6
// Errors that say what is wrong with what was typed or found; any other is a fault of ours.
const OURS = ['CliError', 'RunError', 'JournalError', 'KernelError', 'RecipeError', 'MetricsError']

/** Commands of `hotcb` in a run directory in which every file is what somebody has written. */
export const cliReader: Reader = {
  name: 'cli',
  syntax: 'json',
  seeds: [
    bundle({
      ...RUN,
      'hotcb.applied.jsonl': `${goldenLines('hotcb.applied.jsonl').join('\n')}\n`,
      'hotcb.state.json': `${goldenLines('hotcb.state.jsonl')[0]}\n`,
      'hotcb.actuators.json': `${goldenLines('hotcb.actuators.jsonl', ['ours'])[0]}\n`,
      'hotcb.metrics.jsonl': `${goldenLines('hotcb.metrics.jsonl').join('\n')}\n`,
      'hotcb.run.json': `${goldenLines('hotcb.run.jsonl', ['ours'])[0]}\n`,
    }),
    bundle({
      'hotcb.freeze.json': FREEZE,
      'hotcb.recipe.jsonl': RECIPE,
      'r.jsonl': RECIPE,
      'o.yaml': OVERLAY_YAML,
      'o.json': OVERLAY_JSON,
      'hotcb.actuators.json': `${goldenLines('hotcb.actuators.jsonl', ['ours'])[0]}\n`,
    }),
    bundle({
      'hotcb.log': '2026-01-01T00:00:00.000Z [cb probe] hello\n2026-01-01T00:00:00.000Z [hotcb.kernel] paused\n',
      'hotcb.state.json': `${goldenLines('hotcb.state.jsonl')[0]}\n`,
      'hotcb.checkpoints/a/meta.json': META,
      'hotcb.applied.jsonl': `${goldenLines('hotcb.applied.jsonl', ['hotcb2']).join('\n')}\n`,
    }),
  ],
  read: (input) =>
    inDirectory(input, async (dir) => {
      const random = createRandom(input.length + (input[input.length >> 1] ?? 0) * 65_536)
      const said: string[] = []
      for (let i = 0; i < RUNS; i++) said.push(...(await runTyped(dir, random.pick(COMMANDS))))
      return said
    }),
}

async function runTyped(dir: string, command: string): Promise<readonly string[]> {
  const words = command.split(' ').map((word) => word.replace('RUN', dir))
  const said: string[] = []
  process.env['HOTCB_DEBUG'] = '1'
  const code = await runCli(['--dir', dir, ...words], { version: '0' }, silentTerminal(said))
  if (!Number.isInteger(code)) throw new Finding(`\`${command}\` gave ${String(code)} for an exit code`)
  // The message, then the stack, which begins with the name of the error.
  const [message, named] = said
  if (message === undefined || named === undefined || !message.startsWith('hotcb: ')) return []
  const [, name = ''] = /^(\w+)/.exec(named) ?? []
  if (!OURS.includes(name)) throw new Finding(`\`${command}\`: ${said.slice(1, 8).join(' | ')}`)
  return [message]
}

function silentTerminal(said: string[]): Terminal {
  const plain = (text: string): string => text
  const nothing = (): void => undefined
  return {
    isTerminal: false,
    unicode: true,
    colour: false,
    columns: () => 80,
    out: nothing,
    page: nothing,
    json: (value) => void JSON.stringify(value),
    err: (line) => void said.push(line),
    bold: plain,
    dim: plain,
    red: plain,
    green: plain,
    yellow: plain,
    cyan: plain,
  }
}
