import { expect, test } from 'vitest'
import { runHere } from '../here.ts'
import { MARKS } from '../marked-terminal.ts'
import { linesOf } from '../transcript.ts'
import { attemptIn, transcript, type WrittenSweep, writtenSweep, YAML } from './written.ts'

/** A sweep whose trials have ended. */
function ended(): WrittenSweep {
  const events = [0, 1].flatMap((i) => attemptIn(i, 'completed', { code: 0 }))
  return writtenSweep(YAML, ['x-0', 'x-1'], ...events)
}

test('monitor refuses flags that cannot be combined, and shows the input for the model', async () => {
  const sweep = ended()
  const wrong = ['--trigger boot', '--max-ticks 3 --once', '--max-ticks 3 -p hello', '--dry-run -p hello']
  expect(
    await transcript(
      sweep,
      wrong.map((line) => `monitor ${line}`),
    ),
  ).toMatchInlineSnapshot(`
    "
    $ monitor --trigger boot
    ! <red>hotcb:</red> \`--trigger\` requires \`--once\` or \`--dry-run\`
    = 2
    $ monitor --max-ticks 3 --once
    ! <red>hotcb:</red> \`--max-ticks\` cannot be combined with \`--once\` or \`--prompt\`
    = 2
    $ monitor --max-ticks 3 -p hello
    ! <red>hotcb:</red> \`--max-ticks\` cannot be combined with \`--once\` or \`--prompt\`
    = 2
    $ monitor --dry-run -p hello
    ! <red>hotcb:</red> \`--dry-run\` cannot be combined with \`--prompt\`
    = 2
    "
  `)
  const dry = await sweep.herd('monitor --dry-run')
  const out = linesOf(dry.out)
  const input = out.slice(1, -1).join('\n')
  expect([dry.code, out[0]?.replace(/\d+/, 'N'), out.at(-1)?.replace(/\d+/, 'N')]).toEqual([
    0,
    'System prompt: N characters',
    'Message: N characters',
  ])
  expect(JSON.parse(input)).toEqual(JSON.parse((await sweep.herd('monitor --dry-run --json')).out))
  expect(Object.keys(JSON.parse(input))).toMatchInlineSnapshot(`
    [
      "sweep_name",
      "workspace",
      "trigger",
      "tick",
      "boot",
      "plan",
      "totals",
      "trials",
      "trials_not_shown",
      "newly_failed",
      "newly_completed",
      "newly_pruned",
      "triage",
      "proposals",
      "inbox",
      "chat_history",
      "user_prompt",
      "objective",
      "sh",
      "executor",
      "driver",
      "stale",
      "spend",
      "ticks_without_an_answer",
    ]
  `)
})

test('monitor runs one tick', async () => {
  const sweep = ended()
  const once = await sweep.herd('monitor --once --no-agent --json')
  expect([once.code, JSON.parse(once.out)]).toMatchInlineSnapshot(`
    [
      0,
      {
        "ended": "once",
        "failed": null,
        "halted": null,
        "model_calls": null,
        "ticks": 1,
        "triage": [],
      },
    ]
  `)
})

test("monitor answers an operator's message", async () => {
  const sweep = ended()
  const asked = await sweep.herd('monitor --no-agent -p /help')
  expect([asked.code, linesOf(asked.out), asked.err]).toMatchInlineSnapshot(`
    [
      0,
      [
        "> /status  The state of the sweep.",
        "  /running  The running trials.",
        "  /params TRIAL  The values of a trial.",
        "  /metrics [METRIC]  The last values of a metric.",
        "  /tail TRIAL [LINES]  The last lines of a trial's output.",
        "  /results  The results of all trials.",
        "  /trials  The state of all trials.",
        "  /stats [TRIAL]  Time and memory of trials.",
        "  /plot [KIND] [METRIC] [TRIALS] [smooth=N]  A plot: curves, parallel, importance, contour, rungs or lineage.",
        "  /plan  The plan that the model wrote.",
        "  /info  The monitor's health, spending and open proposals.",
        "  /run TRIAL  Starts a trial.",
        "  /run_all  Starts all trials that are ready, failed or cancelled.",
        "  /stop TRIAL [REASON]  Stops a trial.",
        "  /stop_all  Stops all trials.",
        "  /pause TRIAL  Lets a trial save a checkpoint and exit.",
        "  /resume TRIAL  Resumes a paused trial.",
        "  /prune TRIAL [REASON]  Prunes a trial.",
        "  /sh [dry_run]  Judges all trials once by successive halving.",
        "  /approve PROPOSAL  Approves a proposal.",
        "  /reject PROPOSAL  Rejects a proposal.",
        "  /shutdown  Stops the monitor after its current tick; trials continue.",
        "  /help  Lists the commands.",
      ],
      "",
    ]
  `)
})

test('propose leaves a proposal for the monitor', async () => {
  const sweep = writtenSweep(`${YAML}monitor: {}\n`, ['x-0', 'x-1'], ...attemptIn(0, 'running'))
  const propose = async (words: readonly string[]): Promise<unknown> => {
    const { code, out, err } = await runHere(['sweep', 'propose', ...words], { terminal: MARKS })
    const said = `${out}${err}`.replaceAll(sweep.root, 'ROOT').replaceAll(/q[0-9a-f]{12}/g, 'ID')
    return [code, ...linesOf(said)]
  }
  const reason = ['--reason', 'it diverges']
  expect([
    await propose(['stop_index', '{"index": 0}', sweep.root]),
    await propose(['stop_index', '{"index": 0}', sweep.root, '--reason', ' ']),
    await propose(['stop_index', 'index=0', sweep.root, ...reason]),
    await propose(['stop_index', '[0]', sweep.root, ...reason]),
    await propose(['stop_index', '{"index": 0}', sweep.root, ...reason]),
    await propose(['stop_index', '{"index": 0}', sweep.root, ...reason, '--json']),
    await propose(['stop_index', '', sweep.root, ...reason]),
    await propose(['fly', '{}', sweep.root, ...reason]),
  ]).toMatchInlineSnapshot(`
    [
      [
        2,
        "<red>hotcb:</red> \`--reason\` is missing: explain the proposal",
      ],
      [
        2,
        "<red>hotcb:</red> \`--reason\` is missing: explain the proposal",
      ],
      [
        1,
        "<red>hotcb:</red> ARGUMENTS must be a JSON object such as {"index": 3}, got "index=0"",
      ],
      [
        1,
        "<red>hotcb:</red> ARGUMENTS must be a JSON object such as {"index": 3}, got "[0]"",
      ],
      [
        0,
        "<bold>ID</bold> stop_index {"index":0}? it diverges (ann, through cli)",
        "no monitor is running: the operators will see the proposal when you start \`hotcb sweep monitor\`",
      ],
      [
        0,
        "{"proposal":"ID","text":"stop_index {\\"index\\":0}? it diverges (ann, through cli)","known":true,"monitor":null,"note":"no monitor is running: the operators will see the proposal when you start \`hotcb sweep monitor\`"}",
      ],
      [
        1,
        "<red>Error:</red> \`stop_index\` needs \`index\`: The trial.",
      ],
      [
        1,
        "<red>Error:</red> \`fly\` must be one of run_indices, resume_index, stop_index, stop_all, prune_index, pause_index, bump_mem, bump_time, set_controls, run_sh",
      ],
    ]
  `)
})
