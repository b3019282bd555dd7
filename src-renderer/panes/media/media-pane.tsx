import { Images, PanelRight, SearchX } from 'lucide-react'
import { useMemo } from 'react'
import type { MediaDestination } from '../../../src-preload/contract/destination.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { PaneHeader, SearchField } from '../../components/pane-header.tsx'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { createRowsSelector } from '../../stores/listing-store.ts'
import { fileType } from '../../text/file-type.ts'
import { formatCount } from '../../text/format.ts'
import { DestinationActions, NewDestinationButton } from '../destination-actions.tsx'
import { ErrorHere } from '../error-here.tsx'
import { objectEntries } from '../object-entries.ts'
import { applyGesture } from '../select-gesture.ts'
import { UploadButton } from '../upload-button.tsx'
import { isMedia } from '../../stores/destination-store.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { copyEntries, mediaColumns } from './media-columns.tsx'

const rowsOf = createRowsSelector(fileType)

/** The uploads of a media destination, newest first, each with its link. */
export function MediaPane() {
  const destination = useFrom(
    (all) => all.view,
    (state) => state.destinationId,
  )
  const found = useFrom(
    (all) => all.destinations,
    (state) => state.destinations.filter(isMedia).find((each) => each.id === destination) ?? null,
  )
  const bucket = useFrom(
    (all) => all.view,
    (state) => state.bucket,
  )
  if (found !== null) return <MediaList key={found.id} destination={found} />
  return (
    <>
      <PaneHeader>
        <h1>Media</h1>
      </PaneHeader>
      <EmptyState
        icon={Images}
        title="No media destination yet"
        action={
          bucket === null ? undefined : (
            <NewDestinationButton preset="public-media">New media destination</NewDestinationButton>
          )
        }
      >
        {bucket === null
          ? 'Choose a bucket first. A media destination is a place in it where uploads go, public or private.'
          : 'A place in the bucket where uploads go: drop files on it, and their link is on the clipboard.'}
      </EmptyState>
    </>
  )
}

function MediaList({ destination }: { destination: MediaDestination }) {
  const { stores, commands } = useWindow()
  const rows = useFrom((all) => all.media, rowsOf)
  const { ready, loading, error, sort, selection, filter, scroll } = useFrom(
    (all) => all.media,
    (state) => state,
  )
  const inspectorOpen = useFrom(
    (all) => all.app,
    (state) => state.info?.preferences.inspectorOpen ?? false,
  )
  const order = useMemo(() => rows.map((row) => row.id), [rows])
  const leadIndex = useMemo(
    () => (selection.lead === null ? -1 : order.indexOf(selection.lead)),
    [order, selection.lead],
  )
  const columns = useMemo(() => mediaColumns(destination, commands), [destination, commands])
  const store = stores.media
  return (
    <>
      <PaneHeader
        search={
          <SearchField
            label="Filter"
            value={filter}
            onValue={(value) => {
              store.getState().setFilter(value)
              if (value !== '') void store.getState().loadAll()
            }}
          />
        }
        actions={
          <>
            <DestinationActions destination={destination} preset="public-media" />
            <IconButton
              icon={PanelRight}
              label="Inspector"
              shortcut="Ctrl+I"
              aria-pressed={inspectorOpen}
              onClick={commands.toggleInspector}
            />
          </>
        }
        primary={<UploadButton />}
      >
        <h1>{destination.name}</h1>
        <span className="muted truncate">
          <bdi>
            {destination.bucket}/{destination.prefix}
          </bdi>
        </span>
      </PaneHeader>
      {error !== null && rows.length === 0 ? (
        <div className="pane-note">
          <ErrorHere error={error} onRetry={() => void store.getState().reload()} />
        </div>
      ) : rows.length === 0 && filter !== '' ? (
        <EmptyState
          icon={SearchX}
          title="Nothing matches"
          action={<Button onClick={() => store.getState().setFilter('')}>Clear filter</Button>}
        />
      ) : rows.length === 0 && ready && !loading ? (
        <EmptyState
          icon={Images}
          title="Drop files here"
          action={<Button onClick={() => void commands.upload('files')}>Upload files…</Button>}
        >
          {destination.visibility === 'public'
            ? 'Anyone can read them. Their URL is on the clipboard as soon as they are there.'
            : 'They are private: where the bucket’s policy would let everybody read them, nothing is sent. A link that expires is on the clipboard as soon as they are there.'}{' '}
          A picture on the clipboard can be pasted.
        </EmptyState>
      ) : (
        <VirtualTable
          tableId="media"
          label="Media"
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index]}
          rowId={(row) => row.id}
          scrollMemory={scroll}
          sort={sort}
          onSort={(column, descending) => {
            if (column !== 'name' && column !== 'size' && column !== 'modified') return
            store.getState().setSort({ column, descending })
            void store.getState().loadAll()
          }}
          selected={selection.ids}
          leadIndex={leadIndex}
          onSelect={(gesture) => store.getState().setSelection(applyGesture(selection, rows, order, gesture))}
          onActivate={commands.toggleInspector}
          onKey={(event) => {
            if (event.key === ' ') commands.toggleInspector()
            else if (event.key === 'F2') commands.renameSelected()
            else if (event.key === 'Delete') commands.deleteSelected()
            else return false
            return true
          }}
          contextEntries={objectEntries(stores, commands, null, copyEntries(destination, commands))}
          // The newest may be on any page, so that all are read.
          onShown={() => void store.getState().loadAll()}
        />
      )}
      <output className="status-line">
        {selection.ids.size > 0
          ? `${selection.ids.size.toLocaleString()} of ${formatCount(rows.length, 'item')} selected`
          : formatCount(rows.length, 'item')}
        <span>New uploads are {destination.visibility}</span>
      </output>
    </>
  )
}
