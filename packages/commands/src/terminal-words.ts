import type { CommandLeaf, CommandSection } from './command-tree.ts'

/** Terminal commands that are listed with a module's commands, by module name. */
export const TERMINAL_WORDS: Readonly<Record<string, readonly CommandLeaf[]>> = {
  cb: [
    { name: 'list', aliases: ['ls'], summary: 'List the loaded callbacks, whether they run, and their cost per step.' },
    { name: 'logs', summary: 'Show the log lines of a callback.' },
    { name: 'watch', summary: 'Reload a callback whenever its file changes.' },
  ],
  tune: [
    { name: 'status', summary: 'Show the activity of the tuner, its changes, and their results.' },
    { name: 'why', summary: 'Explain why a change was tried, and how it was judged.' },
    { name: 'accept', summary: 'Apply a change that the tuner suggests.' },
    { name: 'reject', summary: 'Reject a change that the tuner suggests.' },
    { name: 'export-recipe', summary: 'Write a tuner recipe based on what the tuner learned in this run.' },
  ],
  autopilot: [
    { name: 'run', summary: 'Run the rules in a separate process, until ctrl-C.' },
    {
      name: 'status',
      summary: 'Show which autopilot is watching the run, its mode, and the proposals that are waiting for a person.',
    },
    { name: 'mode', summary: 'Set the autopilot mode: `off`, `suggest`, `auto`, `ai_suggest` or `ai_auto`.' },
    { name: 'ai', summary: 'Show the budget and answers of the language model in this run, and the next prompt.' },
    { name: 'rules', summary: 'List the rules of the run, check a rule file, or switch a rule on or off.' },
    { name: 'test', summary: 'Show at which steps of a recorded run the rules of a file would have fired.' },
    { name: 'proposals', summary: 'List the proposals that are waiting for a person.' },
    { name: 'propose', summary: 'Ask people to approve a command: the autopilot shows it as a proposal.' },
    { name: 'approve', summary: 'Approve a proposal: its command is sent.' },
    { name: 'reject', summary: 'Reject a proposal: it is closed, and nothing changes.' },
    { name: 'why', summary: 'Explain why the autopilot proposed or did something, and what happened then.' },
  ],
  ctl: [{ name: 'list', aliases: ['ls'], summary: 'List the registered functions, and how often each was called.' }],
}

/** Commands that exist only in a terminal, because they read files or start programs. */
export const TERMINAL_SECTIONS: Readonly<Record<'look' | 'repeat' | 'start', CommandSection>> = {
  look: {
    title: 'Look',
    entries: [
      { name: 'runs', summary: 'List the runs below a directory: state, step and key metric of each.' },
      { name: 'status', summary: 'Show the state of a run: trainer, freeze, controls, last changes.' },
      { name: 'get', summary: 'Print the value of one control or metric.' },
      { name: 'checkpoint list', aliases: ['checkpoint ls'], summary: 'List the checkpoints of a run.' },
      { name: 'log', summary: 'List the changes with their author, time and outcome.' },
      { name: 'watch', summary: 'Watch the step, metrics, controls and ledger of a run while it trains.' },
      { name: 'explain', summary: 'Explain in one page what happened: state, trends, changes with their effects.' },
      {
        name: 'export',
        summary: 'Export recorded data of a run to other formats.',
        entries: [{ name: 'metrics', summary: 'Export metrics as CSV, JSON lines, Parquet or TensorBoard events.' }],
      },
      {
        name: 'cache',
        summary: 'Manage cached data.',
        entries: [{ name: 'clear', summary: 'Clear the cache.' }],
      },
      {
        name: 'notify',
        summary: 'Send messages about a run: rules, channels, sent messages.',
        entries: [
          { name: 'run', summary: 'Watch a run, and send messages according to its rules, until ctrl-C.' },
          { name: 'test', summary: 'Send a test message to each channel.' },
          { name: 'send', summary: 'Send your own message.' },
          { name: 'rules', summary: 'Check the configuration, and show its channels and rules.' },
          { name: 'log', summary: 'Show which messages were sent, have failed, or are waiting.' },
        ],
      },
      { name: 'doctor', summary: 'Find problems with this machine or this run.' },
      { name: 'schema', summary: 'Print the JSON Schema for the answer of a command.' },
    ],
  },
  repeat: {
    title: 'Repeat',
    entries: [
      {
        name: 'recipe',
        summary: 'Export the changes of a run as a recipe; check, adjust and reuse it.',
        entries: [
          { name: 'export', summary: 'Make a recipe from the changes of a run.' },
          { name: 'show', summary: 'Show a recipe as a table.' },
          { name: 'validate', summary: 'List all problems in a recipe.' },
          { name: 'diff', summary: 'Compare the meaning of two recipes.' },
          { name: 'edit', summary: 'Shift, drop, insert or reorder entries of a recipe.' },
          { name: 'overlay', summary: 'Write the overlay that turns one recipe into another.' },
          { name: 'patch-template', summary: 'Write an overlay to fill in.' },
          { name: 'apply', summary: 'Apply an overlay to a recipe.' },
          {
            name: 'queue',
            summary:
              'Send the changes in a recipe as commands, each for its step, while the run stays under live control.',
          },
        ],
      },
      {
        name: 'replay',
        summary: 'Preview a replay, and verify it afterwards.',
        entries: [
          { name: 'preview', summary: 'Show the changes that a replay makes, by step, and whether they match a run.' },
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
      { name: 'serve token', summary: 'Create, list or revoke the tokens that give people access to the dashboard.' },
      { name: 'serve agents', summary: 'List or revoke the agents that use a dashboard.' },
      { name: 'mcp', summary: 'Serve runs and sweeps to an agent with the Model Context Protocol.' },
      {
        name: 'install-skill',
        summary: 'Install the agent instructions and an MCP server for Claude Code, Codex or Cursor.',
      },
      { name: 'completion', summary: 'Print the completion script for a shell.' },
      {
        name: 'sweep',
        summary: 'Run, watch and steer many training runs from one YAML file. `herd` is the same command.',
        entries: [
          { name: 'init', summary: 'Create the files of a new sweep.' },
          { name: 'run', summary: 'Update the trials from the config, and run them.' },
          { name: 'ls', aliases: ['list'], summary: 'List the trials of the config.' },
          { name: 'status', summary: 'Show the state of each trial.' },
          { name: 'watch', summary: 'Show the state of each trial, and keep it up to date.' },
          { name: 'res', summary: 'Print the parameters and results as a table.' },
          { name: 'tail', summary: 'Show the last lines of the output of a trial.' },
          { name: 'log', summary: 'Show the history of a trial: journal and ledger.' },
          { name: 'why', summary: 'Show why trials were pruned or continued.' },
          { name: 'importance', summary: 'Show how much each parameter affects the metric.' },
          { name: 'plot', summary: 'Draw learning curves, parameters or early stopping as an image.' },
          { name: 'export', summary: 'Write the schedule of one trial in a population as a recipe.' },
          { name: 'set', summary: 'Change the controls of trials while they train.' },
          { name: 'test', summary: 'Try the launcher with the values of one trial.' },
          { name: 'stats', summary: 'Show the time and memory usage of each trial.' },
          { name: 'snapshot', summary: 'Print everything about the sweep as JSON.' },
          { name: 'sh', summary: 'Judge all trials once by successive halving.' },
          { name: 'stop', summary: 'Stop trials.' },
          { name: 'prune', summary: 'Abandon trials: ask them to stop, and do not run them again.' },
          { name: 'pause', summary: 'Ask trials to save a checkpoint and stop.' },
          { name: 'resume', summary: 'Restart paused, cancelled or failed trials.' },
          { name: 'drive', summary: 'Start and track trials until the sweep is done.' },
          {
            name: 'monitor',
            summary: 'Operate a sweep: triage failures, call a language model within limits, ask people to approve.',
          },
          { name: 'propose', summary: 'Ask the operators of a sweep to allow something, through its monitor.' },
          { name: 'doctor', summary: 'Check a sweep: config, launcher, executor, files, journal, driver.' },
          { name: 'clean', summary: 'Stop all trials, and remove logs or results.' },
          { name: 'install-skill', summary: 'Install the instructions for agents that write sweep configs.' },
        ],
      },
      {
        name: 'bench',
        summary: 'Measure when live control helps a training run, and when it does harm.',
        entries: [
          { name: 'run', summary: 'Train tasks under arms with paired seeds, and write the report.' },
          { name: 'eval', summary: 'Run the same evaluation on CIFAR-10, in PyTorch.' },
        ],
      },
    ],
  },
}
