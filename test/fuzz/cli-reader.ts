import { runCli, type Terminal } from '../../packages/cli/src/index.ts'
import { createRandom } from './random.ts'
import { bundle, Finding, inDirectory, type Reader } from './reader.ts'
import { FREEZE, goldenLines, META, OVERLAY_JSON, OVERLAY_YAML, RECIPE, RUN } from './seeds.ts'

// Commands that show or use text from files, and end on their own. RUN is the directory.
const COMMANDS: readonly string[] = `
status; status --json; watch --once; log; log --json; log --format markdown; log --outcome failed; doctor; doctor --json
set lr=0.5; set ce=1 recon=2 --at 5; set nosuch=1; enable lr; disable probe; opt set_params lr=1; loss enable; revert; cancel a
checkpoint save; checkpoint load; pause; resume; stop; cb list; cb list --json; cb logs probe; cb enable probe; cb unload probe
cb set_params probe every=2; ctl list; ctl list --json; ctl call x 1; freeze --mode prod; unfreeze
freeze --mode replay --recipe r.jsonl; freeze --mode replay_adjusted --recipe r.jsonl --adjust o.yaml
recipe export --out x.out; recipe export --force --compat --out x.out; recipe show r.jsonl; recipe show hotcb.recipe.jsonl --json
recipe validate r.jsonl; recipe validate r.jsonl --json; recipe diff r.jsonl hotcb.recipe.jsonl; recipe overlay r.jsonl hotcb.recipe.jsonl; recipe edit r.jsonl --shift 2; recipe queue r.jsonl
recipe patch-template r.jsonl --output x.out; recipe apply r.jsonl --adjust o.yaml --out x.out
recipe apply r.jsonl --adjust o.json --out x.out; replay preview r.jsonl; replay preview r.jsonl --adjust o.yaml
replay --verify RUN RUN; diff RUN RUN; diff RUN RUN --json; export metrics --format csv --out x.csv
export metrics --format jsonl --out x.jsonl; export metrics --format tensorboard --out x; init
__complete -- --dir RUN set ; __complete -- --dir RUN cb enable ; __complete -- --dir RUN revert ; __complete -- --dir RUN recipe show
`
  .split(/[;\n]/)
  .map((command) => command.trimStart())
  .filter((command) => command !== '')

const RUNS = 6
// Errors about the input; any other error is a bug.
const OURS = ['CommandError', 'RunError', 'JournalError', 'KernelError', 'RecipeError', 'MetricsError']

const lines = (file: string, from?: readonly string[]): string => `${goldenLines(file, from).join('\n')}\n`
const document = (file: string): string => `${goldenLines(file, ['ours'])[0]}\n`

const FILES: Readonly<Record<string, string>> = {
  'r.jsonl': RECIPE,
  'hotcb.recipe.jsonl': RECIPE,
  'o.yaml': OVERLAY_YAML,
  'o.json': OVERLAY_JSON,
  'hotcb.applied.jsonl': lines('hotcb.applied.jsonl', ['ours']),
  'hotcb.state.json': document('hotcb.state.jsonl'),
  'hotcb.actuators.json': document('hotcb.actuators.jsonl'),
  'hotcb.metrics.jsonl': lines('hotcb.metrics.jsonl'),
  'hotcb.run.json': document('hotcb.run.jsonl'),
  'hotcb.checkpoints/a/meta.json': META,
  'hotcb.log': '2026-01-01T00:00:00.000Z [cb probe] hello\n2026-01-01T00:00:00.000Z [hotcb.kernel] paused\n',
}

const HOTCB2: Readonly<Record<string, string>> = {
  'r.jsonl': lines('hotcb.recipe.jsonl', ['hotcb2', 'hotcb2-read']),
  'hotcb.applied.jsonl': lines('hotcb.applied.jsonl', ['hotcb2']),
  'hotcb.actuators.json': `${goldenLines('hotcb.actuators.jsonl', ['hotcb2'])[0]}\n`,
  'hotcb.metrics.jsonl': lines('hotcb.metrics.jsonl', ['hotcb2']),
}

/** Commands of `hotcb` in a run directory with arbitrary files. */
export const cliReader: Reader = {
  name: 'cli',
  syntax: 'json',
  seeds: [bundle({ ...FILES, ...RUN }), bundle({ ...FILES, 'hotcb.freeze.json': FREEZE }), bundle(HOTCB2)],
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
  const argv = words[0] === '__complete' ? words : ['--dir', dir, ...words]
  const { HOTCB_DEBUG: before } = process.env
  process.env['HOTCB_DEBUG'] = '1'
  const code = await runCli(argv, { version: '0' }, silentTerminal(said)).finally(() => {
    // Other tests in this process print no stacks.
    if (before === undefined) delete process.env['HOTCB_DEBUG']
    else process.env['HOTCB_DEBUG'] = before
  })
  if (!Number.isInteger(code)) throw new Finding(`\`${command}\` returned ${String(code)} as its exit code`)
  // The message, then the stack, which starts with the name of the error.
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
    report: (value) => void JSON.stringify(value),
    bold: plain,
    dim: plain,
    red: plain,
    green: plain,
    yellow: plain,
    cyan: plain,
  }
}
