import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SWEEP_SKILL } from '@hotcb/sweep'
import { expect, test } from 'vitest'
import { runHere } from '../here.ts'
import { temporaryDirectory } from '../hotcb.ts'

async function install(home: string, cwd: string, line: string) {
  const words = line.split(' ').filter(Boolean)
  const { code, out, err } = await runHere(['sweep', 'install-skill', ...words], { cwd, env: { HOME: home } })
  const named = (text: string): string => text.replaceAll(home, 'HOME').replaceAll(cwd, 'HERE')
  return { code, out: named(out), err: named(err) }
}

test('the skill is installed for the user or the project, and a changed one is replaced only with --force', async () => {
  const [home, cwd] = [temporaryDirectory(), temporaryDirectory()]
  const path = '.claude/skills/hyperherd-config/SKILL.md'
  const text = (dir: string): string => readFileSync(join(dir, path), 'utf8')
  expect(await install(home, cwd, '')).toEqual({ code: 0, out: `Installed HOME/${path}\n`, err: '' })
  expect(text(home)).toBe(SWEEP_SKILL.text)
  expect(await install(home, cwd, '--scope user')).toMatchObject({ out: `HOME/${path} is up to date\n` })
  expect(JSON.parse((await install(home, cwd, '--scope project --json')).out)).toEqual({
    ...{ skill: 'hyperherd-config', path: `HERE/${path}`, written: true },
  })
  expect(JSON.parse((await install(home, cwd, '--scope project --json')).out)).toMatchObject({ written: false })
  writeFileSync(join(cwd, path), 'mine')
  expect(await install(home, cwd, '--scope project')).toEqual({
    ...{ code: 1, out: '', err: `hotcb: \`HERE/${path}\` exists and differs; use \`--force\` to replace it\n` },
  })
  expect(text(cwd)).toBe('mine')
  expect(await install(home, cwd, '--scope project -f --name hyperherd-config')).toMatchObject({ code: 0 })
  expect(text(cwd)).toBe(SWEEP_SKILL.text)
  expect(await install(home, cwd, '--name other')).toMatchObject({
    ...{ code: 1, err: 'hotcb: there is no skill `other`; the only one is `hyperherd-config`\n' },
  })
})
