import { readClientMessage } from '../../apps/dashboard/src/server/client-message.ts'
import { readDashboardConfig } from '../../apps/dashboard/src/server/config.ts'
import { readCallbackConfig } from '../../packages/cb/src/node/callback-config.ts'
import { readDesiredOps } from '../../packages/kernel/src/desired-state.ts'
import * as protocol from '../../packages/protocol/src/index.ts'
import {
  AiStateSchema,
  readBySchema,
  TuneRecipeSchema,
  TuneSummarySchema,
} from '../../packages/protocol/src/schemas.ts'
import { parseYaml } from '../../packages/protocol/src/yaml.ts'
import * as recipe from '../../packages/recipe/src/index.ts'
import { Finding, type Reader } from './reader.ts'
import { COMMANDS, DESIRED_YAML, FREEZE, goldenLines, META, OVERLAY_JSON, OVERLAY_YAML, RECIPE } from './seeds.ts'

type Read = (value: unknown) => protocol.Result<unknown>

/** Reads every line as JSON, then as its expected type, and returns the reasons for failures. `then` checks the values that were read. */
function eachLine<Value>(
  input: Buffer,
  read: (value: unknown) => protocol.Result<Value>,
  then: (value: Value) => void = () => undefined,
  nan: 'null' | 'keep' | 'refuse' = 'null',
): readonly string[] {
  return input
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const parsed = protocol.parseJson(line, { nan })
      const value = parsed.ok ? read(parsed.value) : parsed
      if (!value.ok) return [value.reason]
      then(value.value)
      return []
    })
}

/** Checks that a written value is read back unchanged. */
function checkWritten<Value>(value: Value, text: string, read: (value: unknown) => protocol.Result<Value>): void {
  const parsed = protocol.parseJson(text, { nan: 'keep' })
  const again = parsed.ok ? read(parsed.value) : parsed
  const [before, after] = [JSON.stringify(value), JSON.stringify(again.ok ? again.value : again.reason)]
  if (before !== after) throw new Finding(`${before.slice(0, 300)} was written, but read as ${after.slice(0, 300)}`)
}

const command: Reader = {
  name: 'command',
  syntax: 'json',
  seeds: [COMMANDS, ...goldenLines('hotcb.commands.jsonl')],
  read: (input) =>
    eachLine(
      input,
      protocol.readCommand,
      (value) => checkWritten(value, protocol.formatCommand(value), protocol.readCommand),
      'refuse',
    ),
}

const ledger: Reader = {
  name: 'ledger',
  syntax: 'json',
  seeds: [goldenLines('hotcb.applied.jsonl').join('\n'), ...goldenLines('hotcb.applied.jsonl')],
  read(input) {
    const history = recipe.createHistory()
    const lines: protocol.LedgerLine[] = []
    const said = eachLine(
      input,
      protocol.readLedgerLine,
      (line) => {
        history.add(line)
        lines.push(line)
        const written = protocol.parseJson(protocol.formatLedgerLine(line))
        if (!written.ok) throw new Finding(`a written ledger line cannot be read: ${written.reason}`)
      },
      'keep',
    )
    history.history()
    const exported = recipe.exportRecipe(lines)
    const forced = recipe.exportRecipe(lines, { force: true, compat: true })
    if (forced.ok) recipe.formatRecipe(forced.value.entries)
    return [...said, ...(exported.ok ? exported.value.notes : [exported.reason])]
  },
}

const recipeReader: Reader = {
  name: 'recipe',
  syntax: 'json',
  seeds: [RECIPE, goldenLines('hotcb.recipe.jsonl').join('\n')],
  read(input) {
    const text = input.toString('utf8')
    const file = 'r.jsonl'
    const { problems } = recipe.validateRecipe(text, { file })
    const scan = recipe.scanRecipe(text, { file })
    const again = recipe.readRecipe(recipe.formatRecipe(scan.recipe.entries), { file })
    if (!again.ok) throw new Finding(`a written recipe cannot be read: ${again.reason}`)
    const plan = recipe.readReplay({ recipe: { file, text }, overlay: null, parseYaml, stepOffset: -2 })
    const shown = scan.recipe.entries.map((entry) => recipe.describeEntry(entry))
    for (const one of shown) JSON.stringify(one)
    if (plan.ok) recipe.previewReplay(plan.value)
    recipe.queueRecipe(scan.recipe.entries)
    recipe.patchTemplate(scan.recipe.entries, { recipe: file })
    recipe.diffRecipes(scan.recipe.entries, again.value.entries)
    return [...problems.map(recipe.formatProblem), ...(plan.ok ? plan.value.notes : [plan.reason])]
  },
}

function overlay(name: string, file: string, syntax: Reader['syntax'], seeds: readonly string[]): Reader {
  return {
    name,
    syntax,
    seeds,
    read(input) {
      const text = input.toString('utf8')
      const plan = recipe.readReplay({ recipe: { file: 'r.jsonl', text: RECIPE }, overlay: { file, text }, parseYaml })
      if (!plan.ok) return [plan.reason]
      recipe.formatRecipe(plan.value.entries)
      return plan.value.notes
    },
  }
}

const desiredState: Reader = {
  name: 'desired-state',
  syntax: 'yaml',
  seeds: [DESIRED_YAML, ...goldenLines('hotcb.yaml.jsonl')],
  read(input) {
    const text = input.toString('utf8')
    const document = parseYaml(text)
    if (!document.ok) return [protocol.yamlProblem('hotcb.yaml', document)]
    const wishes = readDesiredOps(document.value)
    const callbacks = readCallbackConfig(text)
    if (wishes.ok) for (const { value, op } of wishes.value) JSON.stringify([value, op])
    return [wishes, callbacks].flatMap((read) => (read.ok ? [] : [read.reason]))
  },
}

const freeze: Reader = {
  name: 'freeze',
  syntax: 'json',
  seeds: [FREEZE, ...goldenLines('hotcb.freeze.jsonl')],
  read(input) {
    const read = protocol.parseFreeze(input.toString('utf8'))
    if (!read.ok) return [read.reason]
    checkWritten(read.value, protocol.formatFreeze(read.value), protocol.readFreeze)
    return []
  },
}

function documents(
  name: string,
  files: readonly string[],
  reads: readonly Read[],
  more: readonly string[] = [],
): Reader {
  return {
    name,
    syntax: 'json',
    seeds: [...files.flatMap((file) => goldenLines(file)), ...more],
    read(input) {
      const parsed = protocol.parseJson(input.toString('utf8'))
      if (!parsed.ok) return [parsed.reason]
      return reads.flatMap((read) => {
        const value = read(parsed.value)
        return value.ok ? [] : [value.reason]
      })
    },
  }
}

const records: Reader = {
  name: 'records',
  syntax: 'json',
  seeds: [
    ...['hotcb.metrics.jsonl', 'hotcb.features.jsonl', 'hotcb.autopilot.jsonl', 'hotcb.tune.mutations.jsonl'].map(
      (file) => goldenLines(file).join('\n'),
    ),
    '{"id":"q-1","ts":1.5,"source":"mcp","author":"a","note":"n","step":3,"seq":2,"command":{"module":"opt","op":"set_params","params":{"lr":{"mul":0.5}},"expect":{"lr":0.1}}}',
  ],
  read: (input) => [
    ...eachLine(input, protocol.readMetricRecord, (value) => void protocol.formatMetricRecord(value)),
    ...eachLine(input, protocol.readFeatureRecord, (value) => void protocol.formatFeatureRecord(value)),
    ...eachLine(input, protocol.readAutopilotLine),
    ...eachLine(input, protocol.readProposalRequest),
    ...eachLine(input, protocol.readTuneMutation),
    ...eachLine(input, protocol.readTuneSegment),
  ],
}

const typed: Reader = {
  name: 'typed',
  syntax: 'json',
  seeds: [
    'lr=1e-4\nbetas=[0.9, 0.99]\nname="x"\nramps.ce={"type":"linear","steps":3,"end":1}\non=true\nnone=null\na=.5',
  ],
  read: (input) =>
    input
      .toString('utf8')
      .split('\n')
      .flatMap((text) => {
        const pair = protocol.parseAssignment(text)
        if (!pair.ok) return [pair.reason]
        protocol.formatCommand({ op: 'set_params', params: Object.fromEntries([[pair.value.key, pair.value.value]]) })
        const routed = protocol.routeParams(Object.fromEntries([[pair.value.key, pair.value.value]]), new Map())
        return routed.ok ? [] : [routed.reason]
      }),
}

const dashboard: Reader = {
  name: 'dashboard',
  syntax: 'yaml',
  seeds: [
    'server:\n  port: 8123\n  poll_interval: 0.5\nchart: { live_points: 500 }\nui: { smoothing: 0.5 }\nhost: localhost\n',
    '{"type":"subscribe","run":"a","channel":"metrics","cursor":null,"names":["loss"]}',
  ],
  read(input) {
    const text = input.toString('utf8')
    const message = readClientMessage(text)
    return [...(message.ok ? [] : [message.reason]), ...configProblem(text)]
  },
}

function configProblem(yaml: string): readonly string[] {
  try {
    readDashboardConfig({ yaml })
    return []
  } catch (error) {
    // Its documented error, and no other.
    if (error instanceof Error && error.name === 'ConfigError') return [error.message]
    throw error
  }
}

/** Readers of one text, without files. */
export const TEXT_READERS: readonly Reader[] = [
  command,
  ledger,
  recipeReader,
  overlay('overlay-json', 'o.json', 'json', [OVERLAY_JSON, ...goldenLines('hotcb.adjust.jsonl')]),
  overlay('overlay-yaml', 'o.yaml', 'yaml', [OVERLAY_YAML, ...goldenLines('hotcb.adjust.jsonl')]),
  desiredState,
  freeze,
  documents('state', ['hotcb.state.jsonl'], [protocol.readStateDocument]),
  documents('meta', ['meta.jsonl'], [protocol.readCheckpointMeta], [META]),
  documents(
    'documents',
    [
      'hotcb.run.jsonl',
      'hotcb.capabilities.jsonl',
      'hotcb.actuators.jsonl',
      'hotcb.ai.state.jsonl',
      'hotcb.tune.recipe.jsonl',
      'hotcb.tune.summary.jsonl',
    ],
    [
      protocol.readRunDocument,
      protocol.readCapabilities,
      protocol.readControlsDocument,
      (value) => readBySchema(AiStateSchema, value),
      (value) => readBySchema(TuneRecipeSchema, value),
      (value) => readBySchema(TuneSummarySchema, value),
    ],
  ),
  records,
  typed,
  dashboard,
]
