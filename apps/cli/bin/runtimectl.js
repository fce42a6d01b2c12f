#!/usr/bin/env node
require('../dist/runtimectl.cjs')
