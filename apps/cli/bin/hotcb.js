#!/usr/bin/env node
require('../dist/hotcb.cjs')
