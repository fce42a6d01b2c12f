#!/usr/bin/env node
require('../dist/herd.cjs')
