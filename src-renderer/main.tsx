import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createStores, openWindow } from './stores/create-stores.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no root element')
const stores = createStores(window.api)
createRoot(root).render(<App stores={stores} />)
void openWindow(stores)
