import { usageError } from '@hotcb/commands'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { completionScript, SHELLS } from './completion-scripts.ts'

/** `hotcb completion bash`. */
export const completionCommand: CliCommand = cliCommand({
  args: {
    shell: {
      type: 'positional',
      required: true,
      valueHint: 'SHELL',
      options: SHELLS,
      description: '`bash`, `zsh` or `fish`.',
    },
  },
  about: [
    'Prints a completion script for a shell. It completes the commands, flags and controls of `hotcb` and `herd`.',
  ],
  examples: [
    { type: 'eval "$(hotcb completion bash)"', does: 'in ~/.bashrc' },
    { type: 'eval "$(hotcb completion zsh)"', does: 'in ~/.zshrc, after compinit' },
    { type: 'hotcb completion fish | source', does: 'in ~/.config/fish/config.fish' },
  ],
  run(args, context) {
    if (context.json) throw usageError('`completion` prints a shell script; it has no `--json`')
    const shell = SHELLS.find((one) => one === args.shell)
    if (shell === undefined) throw usageError(`SHELL must be one of ${SHELLS.join(', ')}, got "${args.shell}"`)
    context.terminal.page(completionScript(shell).trimEnd())
    return EXIT.done
  },
})
