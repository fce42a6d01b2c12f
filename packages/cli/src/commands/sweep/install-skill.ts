import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { refusal } from '@hotcb/commands'
import { SWEEP_SKILL } from '@hotcb/sweep'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'

/** `herd install-skill`. */
export const sweepInstallSkillCommand: CliCommand = cliCommand({
  args: {
    scope: {
      type: 'enum',
      options: ['user', 'project'],
      description: '`user`, the default: `~/.claude/skills`. `project`: `.claude/skills` in the working directory.',
    },
    name: { type: 'string', valueHint: 'NAME', description: 'Only this skill. There is one: `hyperherd-config`.' },
    force: { type: 'boolean', alias: 'f', description: 'Replace an existing skill that differs.' },
  },
  about: ['Installs `SKILL.md`, which explains to a coding agent how to write and check a sweep config.'],
  examples: [{ type: 'hotcb sweep install-skill --scope project', does: 'for everyone who works in this repository' }],
  run(args, { terminal, json }) {
    const { name, text } = SWEEP_SKILL
    if (args.name !== undefined && args.name !== name) {
      throw refusal(`there is no skill \`${args.name}\`; the only one is \`${name}\``)
    }
    const base = args.scope === 'project' ? '.' : homedir()
    const dir = resolve(base, '.claude/skills', name)
    const path = join(dir, 'SKILL.md')
    const isSame = existsSync(path) && readFileSync(path, 'utf8') === text
    if (!isSame) {
      if (existsSync(path) && args.force !== true) {
        throw refusal(`\`${path}\` exists and differs; use \`--force\` to replace it`)
      }
      mkdirSync(dir, { recursive: true })
      writeFileSync(path, text)
    }
    if (json) terminal.json({ skill: name, path, written: !isSame })
    else terminal.out(isSame ? `${path} is up to date` : `${terminal.green('Installed')} ${path}`)
    return EXIT.done
  },
})
