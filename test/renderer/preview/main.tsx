import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from '../../../src-renderer/app.tsx'
import { createStores, openWindow } from '../../../src-renderer/stores/create-stores.ts'
import { emptyMemory, memoryApi } from '../memory-api.ts'
import { sampleMemory } from './sample-memory.ts'

// The screens without a backend, to look at: `?data=empty` is a first run, `?theme=dark` the other theme.
const query = new URLSearchParams(location.search)
const memory = query.get('data') === 'empty' ? emptyMemory() : sampleMemory()
const theme = query.get('theme')
if (theme === 'dark' || theme === 'light') memory.info.preferences.theme = theme
if (query.has('inspector')) memory.info.preferences.inspectorOpen = true
Object.assign(globalThis, { memory })

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no root element')
const stores = createStores(memoryApi(memory))
Object.assign(globalThis, { stores })
createRoot(root).render(createElement(App, { stores }))
void openWindow(stores)
