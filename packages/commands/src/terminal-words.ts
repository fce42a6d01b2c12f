import type { CommandLeaf, CommandSection } from './command-tree.ts'

/** Commands of a terminal below the words of a module, by its name. */
export const TERMINAL_WORDS: Readonly<Record<string, readonly CommandLeaf[]>> = {
  cb: [
    { name: 'list', aliases: ['ls'], summary: 'What is loaded, whether it runs, and what it costs a step.' },
    { name: 'logs', summary: 'What a callback logged.' },
    { name: 'watch', summary: 'Load a callback again whenever its file changes.' },
  ],
  tune: [
    { name: 'status', summary: 'What the tuner does, what it tried, and what came of it.' },
    { name: 'why', summary: 'Why a change was tried, and how it was judged.' },
    { name: 'accept', summary: 'Make a change that the tuner suggests.' },
    { name: 'export-recipe', summary: 'The recipe of the tuner, with what the run has learned.' },
  ],
  ctl: [{ name: 'list', aliases: ['ls'], summary: 'What is registered, and how often it was called.' }],
}

/** Commands that only a terminal has: they look at files, or start programs. */
export const TERMINAL_SECTIONS: Readonly<Record<'look' | 'repeat' | 'start', CommandSection>> = {
  look: {
    title: 'Look',
    entries: [
      { name: 'runs', summary: 'The runs below a directory: state, step and key metric of each.' },
      { name: 'status', summary: 'Where the run stands: trainer, freeze, controls, last changes.' },
      { name: 'get', summary: 'Print the value of one control or metric.' },
      { name: 'checkpoint list', aliases: ['checkpoint ls'], summary: 'The checkpoints of a run.' },
      { name: 'log', summary: 'What was changed, by whom, when, and what became of it.' },
      { name: 'watch', summary: 'Watch step, metrics, controls and ledger as the training goes.' },
      {
        name: 'export',
        summary: 'Write what a run recorded in a form of others.',
        entries: [{ name: 'metrics', summary: 'Metrics as CSV, JSON lines, Parquet or TensorBoard events.' }],
      },
      {
        name: 'cache',
        summary: 'What was read once and is kept.',
        entries: [{ name: 'clear', summary: 'Forget it.' }],
      },
      { name: 'doctor', summary: 'Look for what is wrong with this machine or this run.' },
    ],
  },
  repeat: {
    title: 'Repeat',
    entries: [
      {
        name: 'recipe',
        summary: 'The changes of a run as a plan: export it, check it, adjust it, use it again.',
        entries: [
          { name: 'export', summary: 'Make a recipe of what was changed in a run.' },
          { name: 'show', summary: 'Show a recipe as a table.' },
          { name: 'validate', summary: 'Name everything that is wrong with a recipe.' },
          { name: 'diff', summary: 'What makes one recipe another, by meaning.' },
          { name: 'patch-template', summary: 'Make an overlay to fill in.' },
          { name: 'apply', summary: 'Apply an overlay to a recipe.' },
          {
            name: 'queue',
            summary: 'Ask a run for the changes of a recipe, each at its step, beside live control.',
          },
        ],
      },
      {
        name: 'replay',
        summary: 'What a replay would do, and the proof that it did it.',
        entries: [
          { name: 'preview', summary: 'Show what a replay would do at which step, and whether it fits a run.' },
          { name: '--verify', aliases: ['verify'], summary: 'Tell whether two runs are the same to the last bit.' },
        ],
      },
      { name: 'diff', summary: 'How two runs differ: parameters, changes, results, first divergence.' },
    ],
  },
  start: {
    title: 'Start',
    entries: [
      { name: 'init', summary: 'Make a run directory.' },
      { name: 'demo', summary: 'Train a small network on handwritten digits, to be steered.' },
      { name: 'serve', summary: 'Serve the dashboard: see runs and take hold of them, in a browser.' },
      { name: 'completion', summary: 'Print the completion script of a shell.' },
      { name: 'launch', planned: true },
      { name: 'bench', planned: true },
    ],
  },
}
