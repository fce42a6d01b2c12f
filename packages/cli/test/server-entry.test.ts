import { expect, test } from 'vitest'
import { addToJson, addToToml, type ServerEntry } from '../src/commands/agents/skill/server-entry.ts'

const PROGRAM: ServerEntry = { command: 'npx', args: ['hotcb', 'mcp', '--root', '/runs'] }
const OPEN: ServerEntry = { url: 'http://127.0.0.1:8421/mcp', token: null }
const SECRET: ServerEntry = { url: 'http://127.0.0.1:8421/mcp', token: 'abc' }
const FOREIGN = {
  ok: false,
  reason: 'a different MCP server named `hotcb` already exists; use `--force` to replace it',
}

test('a new JSON file contains the entry', () => {
  expect(addToJson(undefined, PROGRAM, false)).toEqual({
    ok: true,
    value:
      '{\n  "mcpServers": {\n    "hotcb": {\n      "command": "npx",\n      "args": [\n        "hotcb",\n        "mcp",\n        "--root",\n        "/runs"\n      ]\n    }\n  }\n}\n',
  })
  expect(addToJson(' \n', OPEN, false)).toEqual({
    ok: true,
    value:
      '{\n  "mcpServers": {\n    "hotcb": {\n      "type": "http",\n      "url": "http://127.0.0.1:8421/mcp"\n    }\n  }\n}\n',
  })
  expect(addToJson('{}', SECRET, false)).toEqual({
    ok: true,
    value:
      '{\n  "mcpServers": {\n    "hotcb": {\n      "type": "http",\n      "url": "http://127.0.0.1:8421/mcp",\n      "headers": {\n        "Authorization": "Bearer abc"\n      }\n    }\n  }\n}\n',
  })
})

test('other entries in a JSON file are kept, and a different entry for hotcb is replaced only with `force`', () => {
  const text = '{"more":1,"mcpServers":{"x":{"command":"y"},"hotcb":{"command":"z"}}}'
  expect(addToJson(text, PROGRAM, false)).toEqual(FOREIGN)
  const replaced = addToJson(text, PROGRAM, true)
  expect(replaced).toEqual({
    ok: true,
    value:
      '{\n  "more": 1,\n  "mcpServers": {\n    "x": {\n      "command": "y"\n    },\n    "hotcb": {\n      "command": "npx",\n      "args": [\n        "hotcb",\n        "mcp",\n        "--root",\n        "/runs"\n      ]\n    }\n  }\n}\n',
  })
  // The same entry with different spacing is left unchanged.
  const same = '{ "mcpServers": { "hotcb": {"args": ["hotcb", "mcp", "--root", "/runs"], "command": "npx"} } }'
  expect(addToJson(same, PROGRAM, false)).toEqual({ ok: true, value: same })
  expect(addToJson('{"mcpServers":{"x":1}}', PROGRAM, false)).toEqual({
    ok: true,
    value:
      '{\n  "mcpServers": {\n    "x": 1,\n    "hotcb": {\n      "command": "npx",\n      "args": [\n        "hotcb",\n        "mcp",\n        "--root",\n        "/runs"\n      ]\n    }\n  }\n}\n',
  })
})

test('a JSON file without the expected form is refused', () => {
  const reason = 'it must be an object that contains an object `mcpServers`'
  for (const text of ['[]', '3', '{"mcpServers":[]}', '{"mcpServers":"x"}']) {
    expect(addToJson(text, PROGRAM, true), text).toEqual({ ok: false, reason })
  }
  expect(addToJson('{', PROGRAM, true)).toMatchObject({ ok: false })
})

test('a new TOML file contains the table', () => {
  expect(addToToml(undefined, PROGRAM, false)).toEqual({
    ok: true,
    value: '[mcp_servers.hotcb]\ncommand = "npx"\nargs = ["hotcb","mcp","--root","/runs"]\n',
  })
  expect(addToToml('\n \n', OPEN, false)).toEqual({
    ok: true,
    value: '[mcp_servers.hotcb]\nurl = "http://127.0.0.1:8421/mcp"\n',
  })
  expect(addToToml('a = 1\n\n\n', SECRET, false)).toEqual({
    ok: true,
    value:
      'a = 1\n\n[mcp_servers.hotcb]\nurl = "http://127.0.0.1:8421/mcp"\nhttp_headers = { Authorization = "Bearer abc" }\n',
  })
})

test.each<[string, string, string]>([
  ['at the end', 'a = 1\n\n[mcp_servers.hotcb]\ncommand = "old"\n', 'a = 1\n\nTABLE'],
  ['at the start', '[mcp_servers.hotcb]\ncommand = "old"\n\n[other]\nb = 2\n', 'TABLE\n[other]\nb = 2\n'],
  ['with quotes', '  [mcp_servers."hotcb"]\ncommand = "old"\n', 'TABLE'],
  ['with its own tables', '[mcp_servers.hotcb]\n[mcp_servers.hotcb.env]\nA = "1"\n  [x]\n', 'TABLE\n  [x]\n'],
  [
    'after a table with another name',
    '[mcp_servers.hotcb2]\nc = 1\n[mcp_servers.hotcb.env]\n',
    '[mcp_servers.hotcb2]\nc = 1\nTABLE',
  ],
])('the table in a TOML file is replaced only with `force`: %s', (_, before, after) => {
  const table = '[mcp_servers.hotcb]\ncommand = "npx"\nargs = ["hotcb","mcp","--root","/runs"]\n'
  const value = after.replace('TABLE', table)
  expect(addToToml(before, PROGRAM, false)).toEqual(FOREIGN)
  expect(addToToml(before, PROGRAM, true)).toEqual({ ok: true, value })
  // Once it exists, nothing changes.
  expect(addToToml(value, PROGRAM, false)).toEqual({ ok: true, value })
})

test("a table with a similar name is not treated as hotcb's", () => {
  for (const text of ['[mcp_servers.hotcbx]', '[mcp_servers."hotcb]', 'x[mcp_servers.hotcb]', '[mcp_servers.hotcb']) {
    expect(addToToml(text, OPEN, false), text).toEqual({
      ok: true,
      value: `${text}\n\n[mcp_servers.hotcb]\nurl = "http://127.0.0.1:8421/mcp"\n`,
    })
  }
})
