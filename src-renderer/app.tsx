import { CSPProvider } from '@base-ui/react/csp-provider'
import { Tooltip } from '@base-ui/react/tooltip'
import { useMemo } from 'react'
import { ToastRegion } from './components/toast-region.tsx'
import { BrowsePane } from './panes/browse/browse-pane.tsx'
import { createCommands } from './panes/commands.ts'
import { FirstRun } from './panes/first-run/first-run.tsx'
import { Sidebar } from './panes/sidebar/sidebar.tsx'
import { useTheme } from './panes/theme.ts'
import { useFrom, WindowContext } from './panes/window-context.ts'
import type { Stores } from './stores/create-stores.ts'
import './styles/tokens.css'
import './styles/base.css'
import './app.css'

/** The whole window around its stores. */
export function App({ stores }: { stores: Stores }) {
  const value = useMemo(() => ({ stores, commands: createCommands(stores) }), [stores])
  return (
    <WindowContext value={value}>
      <CSPProvider disableStyleElements>
        <Tooltip.Provider delay={500}>
          <Frame />
          <ToastRegion />
        </Tooltip.Provider>
      </CSPProvider>
    </WindowContext>
  )
}

function Frame() {
  useTheme()
  const profiles = useFrom(
    (all) => all.profiles,
    (state) => state.profiles,
  )
  if (profiles === null) return <div className="app" />
  if (profiles.length === 0) {
    return (
      <div className="app">
        <FirstRun />
      </div>
    )
  }
  return (
    <div className="app">
      <div className="app-columns">
        <Sidebar />
        <main className="app-main">
          <BrowsePane />
        </main>
      </div>
    </div>
  )
}
