import { History, Undo2 } from 'lucide-react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import type { Release } from '../../../src-preload/contract/release.ts'
import { Button } from '../../components/button.tsx'
import type { Column } from '../../components/column.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { lastUndoable } from '../../stores/history-store.ts'
import { formatBytes } from '../../text/format.ts'
import { releaseStateText, releaseText } from '../../text/release-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

interface HistoryViewProps {
  destination: StaticDestination
  /** Newest first; null until they have been read. */
  releases: readonly Release[] | null
}

/** The syncs of a destination from this computer, and the way back from the last one. */
export function HistoryView({ destination, releases }: HistoryViewProps) {
  const { stores } = useWindow()
  const error = useFrom(
    (all) => all.history,
    (state) => state.error,
  )
  const last = releases === null ? undefined : lastUndoable(releases)
  return (
    <>
      {error === null ? null : (
        <div className="sync-block">
          <ErrorHere error={error} onRetry={() => void stores.history.getState().load(destination)} />
        </div>
      )}
      {releases !== null && releases.length === 0 ? (
        <EmptyState icon={History} title="No syncs yet">
          Every sync from this computer is listed here, with what it changed. The last one can be undone.
        </EmptyState>
      ) : (
        <>
          {last === undefined ? null : (
            <div className="sync-block row history-line">
              <span className="grow">
                The last sync (<TimeText iso={last.startedAt} relative />) can be undone.
              </span>
              <Button
                icon={Undo2}
                onClick={() =>
                  stores.view.getState().askAboutSync({ kind: 'undo-sync', destination, release: last })
                }
              >
                Undo last sync…
              </Button>
            </div>
          )}
          <VirtualTable
            tableId="history"
            label="History"
            columns={columns}
            count={releases?.length ?? 0}
            rowAt={(index) => releases?.[index]}
            rowId={(release) => release.id}
          />
        </>
      )}
    </>
  )
}

const columns: readonly Column<Release>[] = [
  {
    id: 'when',
    label: 'When',
    width: 170,
    cell: (release) => <TimeText iso={release.startedAt} />,
  },
  { id: 'what', label: 'What changed', width: 260, grow: 1.6, cell: releaseText },
  {
    id: 'bytes',
    label: 'Sent',
    width: 80,
    optional: true,
    align: 'end',
    cell: (release) => (release.bytes > 0 ? formatBytes(release.bytes) : ''),
  },
  { id: 'state', label: 'State', width: 120, cell: releaseStateText },
  {
    id: 'folder',
    label: 'Folder',
    width: 140,
    optional: true,
    cell: (release) => <bdi>{visibleName(release.folderName)}</bdi>,
  },
  {
    id: 'computer',
    label: 'Computer',
    width: 120,
    optional: true,
    cell: (release) => visibleName(release.computer),
  },
]
