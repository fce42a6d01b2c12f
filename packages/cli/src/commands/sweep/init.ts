import { shellWord } from '@hotcb/run'
import { initWorkspace } from '@hotcb/sweep/node'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { hotcbProgram, readSweepWords, tellSweepError, typedName, WORDS } from './place.ts'

/** `herd init`. */
export const sweepInitCommand: CliCommand = cliCommand({
  args: {
    words: {
      ...WORDS,
      description: 'The sweep directory, which is created if needed. Default: the working directory.',
    },
    example: {
      type: 'enum',
      options: ['digits'],
      description: '`digits`: twelve short training runs that work on this machine without changes.',
    },
    from: {
      type: 'string',
      valueHint: 'FILE',
      description:
        'The YAML file of a W&B sweep, or Hydra multirun arguments in quotes: `"lr=0.1,0.01 model=a,b"`. They are converted to a herd config; settings without a counterpart become comments.',
    },
    config: { type: 'string', valueHint: 'FILE', description: 'A YAML file to copy.' },
    launcher: { type: 'string', valueHint: 'FILE', description: 'A launcher to copy.' },
    force: { type: 'boolean', alias: 'f', description: 'Replace existing files.' },
  },
  about: ['Writes `hyperherd.yaml`, which describes the trials, and `launch.sh`, which runs one of them.'],
  examples: [
    { type: 'hotcb sweep init --example digits', does: 'create a first sweep for this machine' },
    { type: 'hotcb sweep init --from wandb.yaml', does: 'convert a W&B sweep' },
    { type: 'hotcb sweep init sweeps/lr', does: 'create the files for your own sweep' },
  ],
  run(args, context) {
    const { workspace } = readSweepWords(args._, {}, context)
    const { terminal, json } = context
    try {
      const { example, from, config, launcher, force } = args
      const paths = initWorkspace(workspace, {
        hotcb: hotcbProgram().map(shellWord).join(' '),
        force: force === true,
        ...(example !== undefined && { example }),
        ...(from !== undefined && { from }),
        ...(config !== undefined && { config }),
        ...(launcher !== undefined && { launcher }),
      })
      if (json) terminal.json({ created: paths })
      else {
        for (const path of paths) terminal.out(`${terminal.green('Created')} ${path}`)
        const where = workspace === '.' ? '' : ` ${shellWord(workspace)}`
        terminal.out(
          `Next: list the trials with \`${typedName()} ls${where}\`, and run them with \`${typedName()} run${where} --watch\``,
        )
      }
      return EXIT.done
    } catch (error) {
      return tellSweepError(error, context)
    }
  },
})
