import { expect, test } from 'vitest'
import { BUILT_IN_WORDS, findTyped } from '../../src/parse/command-words.ts'
import { flagRows, helpPage, positionalRows, synopsis } from '../../src/print/help.ts'
import { runHere } from '../here.ts'
import { MARKS, markedTerminal } from '../marked-terminal.ts'
import { linesOf } from '../transcript.ts'

const plain = (text: string): string => text

function page(line: string, columns = 80, styles = true): Promise<string> {
  const found = findTyped(line === '' ? [] : line.split(' '))
  const style = styles ? {} : { bold: plain, cyan: plain }
  return helpPage(found, BUILT_IN_WORDS, markedTerminal({ columns: () => columns, ...style }))
}

test("a command's page contains its synopsis, description, arguments, flags and examples", async () => {
  expect(`\n${await page('recipe overlay', 80, false)}\n`).toMatchInlineSnapshot(`
    "
    Write the overlay that turns one recipe into another.

    Usage  hotcb recipe overlay A B [FLAGS]

    Writes the difference between a recipe and an edited copy as an overlay: a
    replay of A with the overlay follows B, entry for entry.

    Arguments
      A  The recipe that the overlay is for; - for standard input.
      B  The resulting recipe.

    Flags
      --out PATH  The file to write; a bare file name is relative to the run
                  directory. Default: -, standard output.
      --force     Overwrite an existing file.

    Global flags
      -d, --dir RUN  The run directory. Default: HOTCB_DIR, else the working
                     directory, else the only live run below it.
      --json         Answer in JSON, one object per line.
      --no-color     --no-color prints plain text, as NO_COLOR=1 does.
      -h, --help     This page.
      -V, --version  The version of hotcb.

    Examples
      hotcb recipe overlay a.jsonl edited.jsonl
                                          print the overlay
      hotcb --dir runs/exp-001 recipe overlay hotcb.recipe.jsonl edited.jsonl --out hotcb.adjust.yaml
                                          for freeze --mode replay_adjusted
    "
  `)
  expect(`\n${await page('sweep install-skill', 60)}\n`).toMatchInlineSnapshot(`
    "
    Install the instructions for agents that write sweep configs.

    <bold>Usage</bold>  <cyan>hotcb sweep install-skill [FLAGS]</cyan>

    Installs SKILL.md, which explains to a coding agent how to
    write and check a sweep config.

    <bold>Flags</bold>
      <cyan>--scope user|project</cyan>  user, the default: ~/.claude/skills.
                            project: .claude/skills in the
                            working directory.
      <cyan>--name NAME</cyan>           Only this skill. There is one:
                            hyperherd-config.
      <cyan>-f, --force</cyan>           Replace an existing skill that
                            differs.

    <bold>Global flags</bold>
      <cyan>-d, --dir RUN</cyan>  The run directory. Default: HOTCB_DIR, else
                     the working directory, else the only live
                     run below it.
      <cyan>--json</cyan>         Answer in JSON, one object per line.
      <cyan>--no-color</cyan>     --no-color prints plain text, as NO_COLOR=1
                     does.
      <cyan>-h, --help</cyan>     This page.
      <cyan>-V, --version</cyan>  The version of hotcb.

    <bold>Examples</bold>
      <cyan>hotcb sweep install-skill --scope project</cyan>
                                          for everyone who works in this
                                          repository
    "
  `)
})

test('a page is at least as wide as its columns need, and at most 120 columns', async () => {
  const widest = async (columns: number): Promise<number> =>
    Math.max(...(await page('sweep run', columns, false)).split('\n').map((line) => line.length))
  expect(await Promise.all([20, 80, 120, 200].map(widest))).toMatchInlineSnapshot(`
    [
      67,
      80,
      117,
      117,
    ]
  `)
})

test("a group's page lists its commands, and the overview lists all commands", async () => {
  expect(`\n${await page('serve token', 80, false)}\n`.split('\n').slice(0, 4)).toMatchInlineSnapshot(`
    [
      "",
      "Create, list or revoke the tokens that give people access to the dashboard.",
      "",
      "Usage  hotcb serve token ACTION [NAME] [FLAGS]",
    ]
  `)
  expect(`\n${await page('tune', 80)}\n`).toMatchInlineSnapshot(`
    "
    <bold>Usage</bold>  <cyan>hotcb tune COMMAND [ARGUMENTS]</cyan>

    <bold>Commands</bold>
      <cyan>enable</cyan>         Let the tuner search.
      <cyan>disable</cyan>        Stop the tuner.
      <cyan>set</cyan>            Set tuner options.
      <cyan>status</cyan>         Show the activity of the tuner, its changes, and their results.
      <cyan>why</cyan>            Explain why a change was tried, and how it was judged.
      <cyan>accept</cyan>         Apply a change that the tuner suggests.
      <cyan>reject</cyan>         Reject a change that the tuner suggests.
      <cyan>export-recipe</cyan>  Write a tuner recipe based on what the tuner learned in this
                     run.

    For details: hotcb tune COMMAND --help
    "
  `)
  const overview = (await page('', 80, false)).split('\n\n')
  expect([...overview.slice(0, 2), ...overview.slice(-3)]).toMatchInlineSnapshot(`
    [
      "Steer a model while it trains: live control, an exact ledger, replay.",
      "Usage  hotcb [--dir RUN] COMMAND [ARGUMENTS]",
      "Global flags
      -d, --dir RUN  The run directory. Default: HOTCB_DIR, else the working
                     directory, else the only live run below it.
      --json         Answer in JSON, one object per line.
      --no-color     --no-color prints plain text, as NO_COLOR=1 does.
      -h, --help     This page.
      -V, --version  The version of hotcb.",
      "Try
      hotcb demo                          train the demo; then, in a second
                                          terminal:
      hotcb --dir runs/demo-001 set lr=0.01",
      "For details: hotcb COMMAND --help",
    ]
  `)
})

test('a synopsis contains the positional arguments, and shows whether there are flags', () => {
  const positional = { type: 'positional', description: '`a` b' } as const
  expect([
    synopsis(['x'], {}),
    synopsis(['x', 'y'], { name: { ...positional, required: true }, more: { ...positional, required: false } }),
    synopsis(['x'], { name: { ...positional, variadic: true, valueHint: 'KEY' }, force: { type: 'boolean' } }),
  ]).toEqual(['hotcb x', 'hotcb x y NAME [MORE]', 'hotcb x KEY... [FLAGS]'])
  expect(
    positionalRows({ name: positional, key: { type: 'positional', valueHint: 'KEY' }, force: { type: 'boolean' } }),
  ).toEqual([
    ['NAME', 'a b'],
    ['KEY', ''],
  ])
  expect(positionalRows({ name: positional }, plain)).toEqual([['NAME', '`a` b']])
})

test('a flag is shown with its letter and its value', () => {
  const rows = flagRows({
    name: { type: 'positional' },
    force: { type: 'boolean', alias: 'f', description: '`x`' },
    color: { type: 'boolean' },
    long: { type: 'string', alias: 'longer' },
    lines: { type: 'string', alias: 'n', valueHint: 'N' },
    kind: { type: 'enum', options: ['a', 'b'] },
    secret: { type: 'string', hidden: true },
    page: { type: 'string', bare: '1', valueHint: 'P' },
  } as never)
  expect(rows).toEqual([
    ['-f, --force', 'x'],
    ['--no-color', ''],
    ['--long VALUE', ''],
    ['-n, --lines N', ''],
    ['--kind a|b', ''],
    ['--page[=P]', ''],
  ])
})

test('an unknown command is refused in one line', async () => {
  const said = async (...args: readonly string[]): Promise<unknown> => {
    const { code, out, err } = await runHere(args, { terminal: MARKS })
    return [code, out.replace(process.versions.node, 'NODE').slice(0, 60), ...linesOf(err)]
  }
  expect([
    await said('stats'),
    await said('sweep'),
    await said('sweep', '--json'),
    await said('--version'),
    await said('--version', '--json'),
    await said('sweep', '--version'),
    await said('status', '--dir', ''),
    await said('status', '--dir', '/no/such/missing-run', '--json'),
    await said('status', '--dir', '/no/such/missing-run'),
    await said('help', 'status'),
    await said('status', '-h'),
    await said('get', '--dir', '/no/such/missing-run', '--', '--help'),
    await said('__complete', '--', 'sweep', 'st'),
    await said('__complete', 'sweep', 'pla'),
    await said('completion', 'tcsh'),
    await said('completion', 'bash', '--json'),
    await said('completion', 'fish'),
  ]).toMatchInlineSnapshot(`
    [
      [
        2,
        "",
        "<red>hotcb:</red> unknown command "stats": did you mean \`hotcb status\`?",
      ],
      [
        2,
        "",
        "<red>hotcb:</red> \`hotcb sweep\` needs one of init, run, ls, status, watch, res, tail, log, why, importance, plot, export, set, test, stats, snapshot, sh, stop, prune, pause, resume, drive, monitor, propose, doctor, clean, install-skill",
      ],
      [
        2,
        "",
        "{"error":"\`hotcb sweep\` needs one of init, run, ls, status, watch, res, tail, log, why, importance, plot, export, set, test, stats, snapshot, sh, stop, prune, pause, resume, drive, monitor, propose, doctor, clean, install-skill","code":"usage","exit_code":2}",
      ],
      [
        0,
        "hotcb 1.2.3
    ",
      ],
      [
        0,
        "{"version":"1.2.3","node":"NODE"}
    ",
      ],
      [
        0,
        "hotcb 1.2.3
    ",
      ],
      [
        2,
        "",
        "<red>hotcb:</red> \`--dir\` is empty: it must be a run directory",
      ],
      [
        1,
        "",
        "{"error":"the directory \`/no/such/missing-run\` does not exist","code":"no_directory","exit_code":1,"hint":"\`hotcb --dir /no/such/missing-run init\` creates it","facts":{"run_dir":"/no/such/missing-run","near":[]}}",
      ],
      [
        1,
        "",
        "<red>hotcb:</red> the directory \`/no/such/missing-run\` does not exist; \`hotcb --dir /no/such/missing-run init\` creates it",
      ],
      [
        0,
        "Show the state of a run: trainer, freeze, controls, last cha",
      ],
      [
        0,
        "Show the state of a run: trainer, freeze, controls, last cha",
      ],
      [
        1,
        "",
        "<red>hotcb:</red> the directory \`/no/such/missing-run\` does not exist; \`hotcb --dir /no/such/missing-run init\` creates it",
      ],
      [
        0,
        "status	Show the state of each trial.
    stats	Show the time and",
      ],
      [
        0,
        "
    ",
      ],
      [
        2,
        "",
        "<red>hotcb:</red> SHELL must be one of bash, zsh, fish, got "tcsh"",
      ],
      [
        2,
        "",
        "{"error":"\`completion\` prints a shell script; it has no \`--json\`","code":"usage","exit_code":2}",
      ],
      [
        0,
        "# hotcb: hotcb completion fish | source
    function __hotcb_com",
      ],
    ]
  `)
  const { err } = await runHere(['stats'], { env: { HOTCB_DEBUG: '1' } })
  expect(linesOf(err).length).toBeGreaterThan(2)
  expect(linesOf(err)[1]).toMatch(/^CommandError: /)
})
