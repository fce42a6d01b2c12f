import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { candidates } from '../../src/parse/candidates.ts'
import { newRun } from '../completed-run.ts'
import { runHere } from '../here.ts'
import { temporaryDirectory } from '../surroundings.ts'
import { linesOf } from '../transcript.ts'

describe('completion offers', () => {
  test.each<[string, string[]]>([
    ['wat', ['watch']],
    ['op', ['opt']],
    ['opt ', ['set_params', 'enable', 'disable']],
    ['opt dis', ['disable']],
    ['--dir RUN set ', ['lr=', 'distill=', 'terms.aux=', 'kind=']],
    ['--dir RUN set l', ['lr=']],
    ['set --dir RUN lr=', ['lr=0.1']],
    ['--dir RUN set terms.aux=', ['terms.aux=true', 'terms.aux=false']],
    ['--dir RUN set kind=', ['kind=a', 'kind=b']],
    ['--dir RUN set lr=1 --exp', ['--expect', '--expires']],
    ['--dir RUN set lr=1 --expect ', ['lr=', 'distill=', 'terms.aux=', 'kind=']],
    ['--dir RUN set lr=1 --expect=l', ['--expect=lr=']],
    ['--dir RUN set lr=1 --at ', ['step=']],
    ['--dir RUN set lr=1 --wait ', ['lr=', 'distill=', 'terms.aux=', 'kind=']],
    ['--dir RUN set lr=1 --no-', ['--no-wait', '--no-color']],
    ['--dir RUN enable d', ['distill']],
    ['--dir RUN enable distill ', []],
    ['--dir RUN enable pro', ['probe']],
    ['--dir RUN cb disable ', ['probe']],
    ['--dir RUN opt disable l', ['lr']],
    ['--dir RUN cancel ', ['1m81k26kwh0yhe20xdq']],
    ['--dir RUN checkpoint ', ['save', 'load', 'drop', 'branch', 'list']],
    ['--dir RUN checkpoint --note x ', ['save', 'load', 'drop', 'branch']],
    ['--dir RUN checkpoint drop ', ['best']],
    ['--dir RUN checkpoint load ', ['best']],
    ['--dir RUN log --key t', ['terms.aux']],
    ['freeze --mode ', ['off', 'prod', 'replay', 'replay_adjusted']],
    ['freeze --mode=p', ['--mode=prod']],
    ['log --outcome re', ['rejected', 'refused']],
    ['freeze --policy ', ['best_effort', 'strict']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['set l', ['lr=']],
    ['nonsense ', []],
    ['tune ', ['enable', 'disable', 'set', 'status', 'why', 'accept', 'reject', 'export-recipe']],
    ['launch ', []],
    ['swe', ['sweep']],
    ['sweep sta', ['status', 'stats']],
    ['sweep run --executor ', ['local', 'slurm', 'gridengine']],
  ])('hotcb %s', async (line, words) => {
    const found = await candidates(line.replace('RUN', newRun()).split(' '))
    expect(found.map(({ word }) => word)).toEqual(words)
  })

  test('a directory after `--dir`', async () => {
    const dir = temporaryDirectory()
    mkdirSync(join(dir, 'runs/exp-001'), { recursive: true })
    writeFileSync(join(dir, 'runs/file'), '')
    const found = await candidates(['--dir', `${dir}/runs/`])
    expect(found.map(({ word }) => word)).toEqual([`${dir}/runs/exp-001/`])
    const files = await candidates(['cb', 'load', 'x', '--file', `${dir}/runs/`])
    expect(files.map(({ word }) => word).sort()).toEqual([`${dir}/runs/exp-001/`, `${dir}/runs/file`])
    const joined = await candidates(['set', `--dir=${dir}/ru`])
    expect(joined.map(({ word }) => word)).toEqual([`--dir=${dir}/runs/`])
  })
})

test('candidates have descriptions', async () => {
  const run = newRun()
  const { code, out } = await runHere(['__complete', '--', '--dir', run, 'set', ''])
  expect([code, linesOf(out)]).toMatchInlineSnapshot(`
    [
      0,
      [
        "lr=	Learning rate, 0.1, 0 … 10",
        "distill=	distill, 0.1, 0 … 10",
        "terms.aux=	terms.aux, true, true or false",
        "kind=	kind, a, a, b",
      ],
    ]
  `)
  const texts = await Promise.all(
    [['sweep', 'sta'], ['--dir', run, 'checkpoint', 'l'], ['checkpoint', 'b'], [], ['nonsense', '']].map(candidates),
  )
  expect(texts.map((found) => found.map(({ word, means }) => `${word}: ${means}`))).toMatchInlineSnapshot(`
    [
      [
        "status: Show the state of each trial.",
        "stats: Show the time and memory usage of each trial.",
      ],
      [
        "load: go back to one",
        "list: List the checkpoints of a run.",
      ],
      [
        "branch: save one for a new run",
      ],
      [
        "set: Set controls by name: lr=0.01.",
        "enable: Enable a control or a callback.",
        "disable: Disable a control or a callback.",
        "opt: Change the optimizer: set_params, enable, disable.",
        "loss: Change the loss: set_params, enable, disable.",
        "cb: Callbacks: load code into a training run, replace it, enable or disable it, and see what it costs.",
        "ctl: Functions that the trainer registered under a path: call or list them.",
        "tune: The tuner: let it search, stop it, and see what it did.",
        "autopilot: Rules that watch a training run and act on it within limits.",
        "revert: Undo a change.",
        "cancel: Cancel a command that is waiting for its step.",
        "pause: Pause training at the next safe point; the run still accepts commands.",
        "resume: Resume a paused run.",
        "stop: Stop training.",
        "checkpoint: Save a checkpoint, go back to one, or delete one.",
        "runs: List the runs below a directory: state, step and key metric of each.",
        "status: Show the state of a run: trainer, freeze, controls, last changes.",
        "get: Print the value of one control or metric.",
        "log: List the changes with their author, time and outcome.",
        "watch: Watch the step, metrics, controls and ledger of a run while it trains.",
        "explain: Explain in one page what happened: state, trends, changes with their effects.",
        "export: Export recorded data of a run to other formats.",
        "cache: Manage cached data.",
        "notify: Send messages about a run: rules, channels, sent messages.",
        "doctor: Find problems with this machine or this run.",
        "schema: Print the JSON Schema for the answer of a command.",
        "freeze: Block all changes to the run, or replay a recipe.",
        "unfreeze: Allow changes again.",
        "recipe: Export the changes of a run as a recipe; check, adjust and reuse it.",
        "replay: Preview a replay, and verify it afterwards.",
        "diff: Compare two runs: parameters, changes, results, first divergence.",
        "init: Create a run directory.",
        "demo: Train a small network on handwritten digits, as a run to steer.",
        "launch: Start a training run with its dashboard and autopilot, or resume one.",
        "serve: Serve the dashboard: watch and steer runs in a browser.",
        "mcp: Serve runs and sweeps to an agent with the Model Context Protocol.",
        "install-skill: Install the agent instructions and an MCP server for Claude Code, Codex or Cursor.",
        "completion: Print the completion script for a shell.",
        "sweep: Run, watch and steer many training runs from one YAML file. herd is the same command.",
        "bench: Measure when live control helps a training run, and when it does harm.",
      ],
      [],
    ]
  `)
})

test('hidden files and unreadable directories are not offered', async () => {
  const dir = temporaryDirectory()
  mkdirSync(join(dir, '.hidden'))
  mkdirSync(join(dir, 'shown'))
  expect(await candidates(['--dir', `${dir}/`])).toEqual([{ word: `${dir}/shown/`, means: '' }])
  expect(await candidates(['--dir', `${dir}/no/such/`])).toEqual([])
  writeFileSync(join(dir, 'file'), '')
  expect(await candidates(['recipe', 'show', `${dir}/f`])).toEqual([{ word: `${dir}/file`, means: '' }])
})
