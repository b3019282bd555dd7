import { CSPProvider } from '@base-ui/react/csp-provider'
import { Tooltip } from '@base-ui/react/tooltip'
import type { ReactNode } from 'react'
import { useEffect, useMemo } from 'react'
import { ToastRegion } from './components/toast-region.tsx'
import { announceDone, announceProblem } from './panes/announce.ts'
import { BrowsePane } from './panes/browse/browse-pane.tsx'
import { createCommands } from './panes/commands.ts'
import { DialogHost } from './panes/dialogs/dialog-host.tsx'
import { ErrorHere } from './panes/error-here.tsx'
import { FirstRun } from './panes/first-run/first-run.tsx'
import { Inspector } from './panes/inspector/inspector.tsx'
import { LinksPane } from './panes/links/links-pane.tsx'
import { MediaPane } from './panes/media/media-pane.tsx'
import { Notices } from './panes/notices.tsx'
import { Palette } from './panes/palette/palette.tsx'
import { SettingsPane } from './panes/settings/settings-pane.tsx'
import { useShortcuts } from './panes/shortcuts.ts'
import { Sidebar } from './panes/sidebar/sidebar.tsx'
import { SyncDialogs } from './panes/sync/sync-dialogs.tsx'
import { SyncPane } from './panes/sync/sync-pane.tsx'
import { createContradictionTeller } from './panes/tell-contradictions.ts'
import { useTheme } from './panes/theme.ts'
import { TransferStrip } from './panes/transfers/transfer-strip.tsx'
import { TransfersPane } from './panes/transfers/transfers-pane.tsx'
import { DropCard } from './panes/upload/drop-card.tsx'
import { DropOverlay } from './panes/upload/drop-overlay.tsx'
import { UploadDialogs } from './panes/upload/upload-dialogs.tsx'
import { useFrom, useWindow, WindowContext } from './panes/window-context.ts'
import type { Stores } from './stores/create-stores.ts'
import type { PaneName } from './stores/view-store.ts'
import { uploadReportText } from './text/link-text.ts'
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
  useShortcuts()
  useReports()
  useContradictions()
  useTitle()
  return (
    <div className="app">
      <Notices />
      <Content />
      <TransferStrip />
      <DialogHost />
      <SyncDialogs />
      <UploadDialogs />
      <Palette />
      <DropCard />
      <DropOverlay />
    </div>
  )
}

function Content() {
  const { stores } = useWindow()
  const profiles = useFrom(
    (all) => all.profiles,
    (state) => state.profiles,
  )
  const error = useFrom(
    (all) => all.profiles,
    (state) => state.error,
  )
  const pane = useFrom(
    (all) => all.view,
    (state) => state.pane,
  )
  if (profiles === null) {
    return (
      <main className="app-loading">
        <ErrorHere error={error} onRetry={() => void stores.profiles.getState().load()} />
      </main>
    )
  }
  if (profiles.length === 0) return <FirstRun />
  const Pane = panes[pane]
  return (
    <div className="app-columns">
      <Sidebar />
      <main className="app-main">
        <Pane />
      </main>
      <Inspector />
    </div>
  )
}

const panes: { readonly [Name in PaneName]: () => ReactNode } = {
  browse: BrowsePane,
  sync: SyncPane,
  media: MediaPane,
  links: LinksPane,
  transfers: TransfersPane,
  settings: SettingsPane,
}

/** The window's name says where it looks. */
function useTitle(): void {
  const bucket = useFrom(
    (all) => all.view,
    (state) => state.bucket,
  )
  useEffect(() => {
    document.title = bucket === null ? 'Pail' : `${bucket} – Pail`
  }, [bucket])
}

/** Tells what a batch of uploads came to, and what is on the clipboard now. */
function useReports(): void {
  const { stores, commands } = useWindow()
  useEffect(
    () =>
      stores.transfers.subscribe((state, before) => {
        const { lastReport } = state
        if (lastReport === null || lastReport === before.lastReport) return
        const values = lastReport.databaseValues ?? []
        void commands.refusedFolder(lastReport).then((refused) => {
          const text = uploadReportText(lastReport)
          if (refused !== null)
            announceProblem(
              { title: text.title, body: refused.message },
              {
                label: 'Make the folder public…',
                act: () => commands.makePublic([], [refused.prefix]),
              },
            )
          else
            announceDone(
              text,
              values.length === 0
                ? undefined
                : {
                    label:
                      values.length === 1 ? 'Copy value for the database' : 'Copy values for the database',
                    act: () => void commands.copyText(values.join('\n'), 'Copied for the database'),
                  },
            )
        })
      }),
    [stores, commands],
  )
}

/** Tells what the public can read of what was just changed, where that is not what was asked for. */
function useContradictions(): void {
  const { stores } = useWindow()
  useEffect(() => {
    const take = createContradictionTeller((id, text, { profileId, bucket }) => {
      const act = () => stores.view.getState().openDialog({ kind: 'access', profileId, bucket })
      announceProblem(text, { label: 'Who can read it…', act }, id)
    })
    return stores.checks.subscribe(({ report }, before) => {
      if (report !== null && report !== before.report) take(report)
    })
  }, [stores])
}
