import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { openBridge } from './stores/open-bridge.ts'
import { createStores, openWindow } from './stores/create-stores.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no root element')
const stores = createStores(openBridge(window.api))
createRoot(root).render(<App stores={stores} />)
void openWindow(stores)
