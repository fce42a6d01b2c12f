#!/usr/bin/env node
// `herd run` means `hotcb sweep run`.
process.argv.splice(2, 0, 'sweep')
require('../dist/hotcb.cjs')
