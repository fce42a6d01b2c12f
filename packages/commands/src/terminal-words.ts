import type { CommandLeaf, CommandSection } from './command-tree.ts'

/** Terminal commands below the commands of a module, by its name. */
export const TERMINAL_WORDS: Readonly<Record<string, readonly CommandLeaf[]>> = {
  cb: [
    { name: 'list', aliases: ['ls'], summary: 'Show what is loaded, whether it runs, and its cost per step.' },
    { name: 'logs', summary: 'Show what a callback logged.' },
    { name: 'watch', summary: 'Reload a callback whenever its file changes.' },
  ],
  tune: [
    { name: 'status', summary: 'What the tuner does, what it tried, and with what result.' },
    { name: 'why', summary: 'Why a change was tried, and how it was judged.' },
    { name: 'accept', summary: 'Make a change that the tuner suggests.' },
    { name: 'reject', summary: 'Reject a change that the tuner suggests.' },
    { name: 'export-recipe', summary: 'The recipe of the tuner, with what the run has learned.' },
  ],
  autopilot: [
    { name: 'run', summary: 'Run the rules beside a training run, until ctrl-C.' },
    { name: 'status', summary: 'Which autopilot watches the run, what it may do, and what waits for a person.' },
    { name: 'mode', summary: 'Say what the autopilot may do: `off`, `suggest`, `auto`, `ai_suggest` or `ai_auto`.' },
    { name: 'ai', summary: 'The language model of the run: what it may spend, what it answered, what would be sent.' },
    { name: 'rules', summary: 'The rules of the run; check a file of rules, switch a rule on or off.' },
    { name: 'test', summary: 'At which steps of a recorded run the rules of a file would have fired.' },
    { name: 'proposals', summary: 'The proposals that wait for a person.' },
    { name: 'propose', summary: 'Ask people to approve a command: the autopilot shows it as a proposal.' },
    { name: 'approve', summary: 'Approve a proposal: its command is sent.' },
    { name: 'reject', summary: 'Reject a proposal: it is closed, and nothing changes.' },
    { name: 'why', summary: 'Why the autopilot proposed or did something, and what happened then.' },
  ],
  ctl: [{ name: 'list', aliases: ['ls'], summary: 'What is registered, and how often it was called.' }],
}

/** Commands that only a terminal has: they read files, or start programs. */
export const TERMINAL_SECTIONS: Readonly<Record<'look' | 'repeat' | 'start', CommandSection>> = {
  look: {
    title: 'Look',
    entries: [
      { name: 'runs', summary: 'List the runs below a directory: state, step and key metric of each.' },
      { name: 'status', summary: 'Show the state of a run: trainer, freeze, controls, last changes.' },
      { name: 'get', summary: 'Print the value of one control or metric.' },
      { name: 'checkpoint list', aliases: ['checkpoint ls'], summary: 'List the checkpoints of a run.' },
      { name: 'log', summary: 'List the changes: what, who, when, and the outcome.' },
      { name: 'watch', summary: 'Watch step, metrics, controls and ledger during the training.' },
      { name: 'explain', summary: 'Explain in one page what happened: state, trends, changes with their effects.' },
      {
        name: 'export',
        summary: 'Export what a run recorded to other formats.',
        entries: [{ name: 'metrics', summary: 'Export metrics as CSV, JSON lines, Parquet or TensorBoard events.' }],
      },
      {
        name: 'cache',
        summary: 'Manage cached data.',
        entries: [{ name: 'clear', summary: 'Forget it.' }],
      },
      {
        name: 'notify',
        summary: 'Messages about a run: rules, channels, what was sent.',
        entries: [
          { name: 'run', summary: 'Watch a run, and send messages as its rules say, until ctrl-C.' },
          { name: 'test', summary: 'Send a test message to each channel.' },
          { name: 'send', summary: 'Send a message of your own.' },
          { name: 'rules', summary: 'Check the configuration, and show its channels and rules.' },
          { name: 'log', summary: 'Show which messages were sent, failed or wait.' },
        ],
      },
      { name: 'doctor', summary: 'Find problems of this machine or this run.' },
      { name: 'schema', summary: 'Print the JSON Schema of what a command prints with `--json`.' },
    ],
  },
  repeat: {
    title: 'Repeat',
    entries: [
      {
        name: 'recipe',
        summary: 'The changes of a run as a recipe: export it, check it, adjust it, use it again.',
        entries: [
          { name: 'export', summary: 'Make a recipe from the changes of a run.' },
          { name: 'show', summary: 'Show a recipe as a table.' },
          { name: 'validate', summary: 'List all problems of a recipe.' },
          { name: 'diff', summary: 'Compare two recipes by meaning.' },
          { name: 'edit', summary: 'Shift, drop, insert or reorder entries of a recipe.' },
          { name: 'overlay', summary: 'Write the overlay that turns one recipe into another.' },
          { name: 'patch-template', summary: 'Write an overlay to fill in.' },
          { name: 'apply', summary: 'Apply an overlay to a recipe.' },
          {
            name: 'queue',
            summary:
              'Send the changes of a recipe as commands, each for its step, while the run stays under live control.',
          },
        ],
      },
      {
        name: 'replay',
        summary: 'Preview a replay, and verify it afterwards.',
        entries: [
          { name: 'preview', summary: 'Show what a replay would do at which step, and whether it fits a run.' },
          { name: '--verify', aliases: ['verify'], summary: 'Check whether two runs are bit-identical.' },
        ],
      },
      { name: 'diff', summary: 'Compare two runs: parameters, changes, results, first divergence.' },
    ],
  },
  start: {
    title: 'Start',
    entries: [
      { name: 'init', summary: 'Create a run directory.' },
      { name: 'demo', summary: 'Train a small network on handwritten digits, as a run to steer.' },
      { name: 'launch', summary: 'Start a training run with its dashboard and autopilot, or resume one.' },
      { name: 'serve', summary: 'Serve the dashboard: watch and steer runs in a browser.' },
      { name: 'serve token', summary: 'Create, list or revoke the tokens that let people into the dashboard.' },
      { name: 'serve agents', summary: 'List or revoke the agents that use a dashboard.' },
      { name: 'mcp', summary: 'Serve runs and sweeps to an agent, by the Model Context Protocol.' },
      {
        name: 'install-skill',
        summary: 'Install the instructions for agents, and an MCP server, for Claude Code, Codex or Cursor.',
      },
      { name: 'completion', summary: 'Print the completion script of a shell.' },
      {
        name: 'sweep',
        summary: 'Many training runs from one YAML: run them, watch them, steer them. `herd` is the same.',
        entries: [
          { name: 'init', summary: 'Write the files of a sweep to start from.' },
          { name: 'run', summary: 'Bring the trials in line with the config, and run them.' },
          { name: 'ls', aliases: ['list'], summary: 'List the trials of the config.' },
          { name: 'status', summary: 'Show the state of each trial.' },
          { name: 'watch', summary: 'Show the same again and again.' },
          { name: 'res', summary: 'Print parameters and results as a table.' },
          { name: 'tail', summary: 'Show the last lines that a trial printed.' },
          { name: 'log', summary: 'Show what happened to a trial: journal and ledger.' },
          { name: 'why', summary: 'Show why trials were given up or went on.' },
          { name: 'importance', summary: 'Show how much each parameter decides.' },
          { name: 'plot', summary: 'Draw learning curves, parameters or early stopping as a picture.' },
          { name: 'export', summary: 'Write the schedule of a trial of a population as a recipe.' },
          { name: 'set', summary: 'Change controls of trials while they train.' },
          { name: 'test', summary: 'Try the launcher with the values of one trial.' },
          { name: 'stats', summary: 'Show time and memory of each trial.' },
          { name: 'snapshot', summary: 'Print everything about the sweep as JSON.' },
          { name: 'sh', summary: 'Judge all trials once by successive halving.' },
          { name: 'stop', summary: 'End trials.' },
          { name: 'prune', summary: 'Give trials up: ask them to end.' },
          { name: 'pause', summary: 'Ask trials to save a checkpoint and end.' },
          { name: 'resume', summary: 'Start paused, cancelled or failed trials again.' },
          { name: 'drive', summary: 'Start and watch trials until nothing is left to do.' },
          {
            name: 'monitor',
            summary: 'Operate a sweep: triage of failures, a language model within limits, people who approve.',
          },
          { name: 'propose', summary: 'Ask the operators of a sweep to allow something, through its monitor.' },
          { name: 'doctor', summary: 'Check a sweep: config, launcher, executor, files, journal, driver.' },
          { name: 'clean', summary: 'End all trials, and remove logs or results.' },
          { name: 'install-skill', summary: 'Install the instructions for agents that write sweep configs.' },
        ],
      },
      {
        name: 'bench',
        summary: 'Measure whether live control helps a training run, and when it harms.',
        entries: [
          { name: 'run', summary: 'Train tasks under arms with paired seeds, and write the report.' },
          { name: 'eval', summary: 'The same on CIFAR-10, in PyTorch.' },
        ],
      },
    ],
  },
}
