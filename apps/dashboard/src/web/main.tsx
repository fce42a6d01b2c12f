import 'uplot/dist/uPlot.min.css'
import './base.css'
import './layout.css'
import './parts.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { showInvisible } from './visible-nodes.ts'

showInvisible()
const root = document.getElementById('app')
if (root !== null) render(<App />, root)
