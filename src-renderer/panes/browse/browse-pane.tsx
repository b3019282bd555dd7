import { CornerLeftUp, Database, FolderOpen, FolderPlus, PanelRight, RefreshCw, SearchX } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { Breadcrumb } from '../../components/breadcrumb.tsx'
import { Button, IconButton } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { PaneHeader, SearchField } from '../../components/pane-header.tsx'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { bucketsOf } from '../../stores/bucket-store.ts'
import type { ListingRow, SortColumn } from '../../stores/listing-rows.ts'
import { createRowsSelector } from '../../stores/listing-store.ts'
import { fileType } from '../../text/file-type.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { ErrorHere } from '../error-here.tsx'
import { objectEntries } from '../object-entries.ts'
import { applyGesture } from '../select-gesture.ts'
import { UploadButton } from '../upload-button.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { browseColumns } from './browse-columns.tsx'

const rowsOf = createRowsSelector(fileType)
const sortColumns: readonly string[] = ['name', 'size', 'modified', 'type'] satisfies readonly SortColumn[]

/** The files of a bucket, as a file manager shows them. */
export function BrowsePane() {
  const { stores, commands } = useWindow()
  const bucket = useFrom(
    (all) => all.view,
    (state) => state.bucket,
  )
  const place = useFrom(
    (all) => all.browse,
    (state) => state.place,
  )
  if (bucket === null) return <NoBucket />
  return (
    <>
      <BrowseHeader />
      {place === null ? null : <BrowseTable key={`${place.profileId} ${place.bucket}`} />}
      <StatusLine onStop={() => stores.browse.getState().stop()} onRetry={() => void commands.refresh()} />
    </>
  )
}

function BrowseHeader() {
  const { stores, commands } = useWindow()
  const bucket =
    useFrom(
      (all) => all.view,
      (state) => state.bucket,
    ) ?? ''
  const prefix = useFrom(
    (all) => all.view,
    (state) => state.prefix,
  )
  const filter = useFrom(
    (all) => all.browse,
    (state) => state.filter,
  )
  const inspectorOpen = useFrom(
    (all) => all.app,
    (state) => state.info?.preferences.inspectorOpen ?? false,
  )
  const search = useRef<HTMLInputElement>(null)

  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'f') {
        event.preventDefault()
        search.current?.select()
      }
    }
    window.addEventListener('keydown', find)
    return () => window.removeEventListener('keydown', find)
  }, [])

  const setFilter = (value: string) => {
    stores.browse.getState().setFilter(value)
    // A filter has to see everything; rows appear as they come.
    if (value !== '') void stores.browse.getState().loadAll()
  }
  return (
    <PaneHeader
      search={<SearchField ref={search} label="Filter" value={filter} onValue={setFilter} />}
      actions={
        <>
          <IconButton
            icon={RefreshCw}
            label="Refresh"
            shortcut="F5"
            onClick={() => void commands.refresh()}
          />
          <IconButton
            icon={FolderPlus}
            label="New folder"
            onClick={() => stores.view.getState().openDialog({ kind: 'new-folder' })}
          />
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
      <IconButton
        icon={CornerLeftUp}
        label="Up"
        shortcut="Alt+↑"
        disabled={prefix === ''}
        onClick={commands.goUp}
      />
      <Breadcrumb
        bucket={bucket}
        prefix={prefix}
        onOpen={(next) => stores.view.getState().openPrefix(next)}
        onType={commands.openPath}
      />
    </PaneHeader>
  )
}

function BrowseTable() {
  const { stores, commands } = useWindow()
  const store = stores.browse
  const rows = useFrom((all) => all.browse, rowsOf)
  const { ready, loading, error, sort, selection, filter, place, scroll } = useFrom(
    (all) => all.browse,
    (state) => state,
  )
  const order = useMemo(() => rows.map((row) => row.id), [rows])
  const leadIndex = useMemo(
    () => (selection.lead === null ? -1 : order.indexOf(selection.lead)),
    [order, selection.lead],
  )
  const only = selection.ids.size === 1 ? rows.find((row) => selection.ids.has(row.id)) : undefined
  const focusMemory = useRef(false)

  const open = (row: ListingRow) => {
    if (row.kind === 'folder') stores.view.getState().openPrefix(row.id)
    else commands.toggleInspector()
  }

  if (error !== null && rows.length === 0) {
    return (
      <div className="pane-note">
        <ErrorHere error={error} onRetry={() => void commands.refresh()} />
      </div>
    )
  }
  if (!ready && rows.length === 0) return <SkeletonRows />
  if (rows.length === 0 && filter !== '' && !loading) {
    return (
      <EmptyState
        icon={SearchX}
        title="Nothing matches"
        action={<Button onClick={() => store.getState().setFilter('')}>Clear filter</Button>}
      >
        No name in this folder contains “{filter}”.
      </EmptyState>
    )
  }
  if (rows.length === 0 && filter === '' && !loading) {
    return (
      <EmptyState
        icon={FolderOpen}
        title={place?.prefix === '' ? 'This bucket is empty' : 'This folder is empty'}
        action={<Button onClick={() => void commands.upload('files')}>Upload files…</Button>}
      >
        Drop files anywhere on the window, or choose them.
      </EmptyState>
    )
  }
  return (
    <VirtualTable
      tableId="browse"
      label="Files"
      columns={browseColumns}
      count={rows.length}
      rowAt={(index) => rows[index]}
      rowId={(row) => row.id}
      sort={sort}
      onSort={(column, descending) => {
        if (!sortColumns.includes(column)) return
        store.getState().setSort({ column: toSortColumn(column), descending })
        void store.getState().loadAll()
      }}
      selected={selection.ids}
      leadIndex={leadIndex}
      onSelect={(gesture) => {
        if (gesture.kind === 'all') void store.getState().loadAll()
        store.getState().setSelection(applyGesture(selection, rows, order, gesture))
      }}
      onActivate={open}
      onKey={(event) => {
        if (event.key === 'Backspace' || (event.altKey && event.key === 'ArrowUp')) commands.goUp()
        else if (event.key === ' ') commands.toggleInspector()
        else if (event.key === 'F2') commands.renameSelected()
        else if (event.key === 'Delete') commands.deleteSelected()
        else return false
        return true
      }}
      focusMemory={focusMemory}
      scrollMemory={scroll}
      contextEntries={objectEntries(stores, commands, only?.kind === 'folder' ? () => open(only) : null)}
      onShown={(last) => {
        if (last >= rows.length - 60 && filter === '') void store.getState().loadMore()
      }}
    />
  )
}

function StatusLine({ onStop, onRetry }: { onStop: () => void; onRetry: () => void }) {
  const rows = useFrom((all) => all.browse, rowsOf)
  const { selection, continuationToken, loadingAll, ready, error } = useFrom(
    (all) => all.browse,
    (state) => state,
  )
  const chosen = useMemo(() => rows.filter((row) => selection.ids.has(row.id)), [rows, selection])
  if (!ready) return null
  const bytes = chosen.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0)
  return (
    <output className="status-line">
      {error !== null && rows.length > 0 ? (
        <button type="button" className="link-button" onClick={onRetry}>
          The list could not be brought up to date. Try again
        </button>
      ) : chosen.length > 0 ? (
        `${chosen.length.toLocaleString()} of ${formatCount(rows.length, 'item')} selected${
          bytes > 0 ? `, ${formatBytes(bytes)}` : ''
        }`
      ) : (
        `${formatCount(rows.length, 'item')}${continuationToken === null ? '' : ' so far'}`
      )}
      {loadingAll ? (
        <>
          <span>Reading the rest…</span>
          <button type="button" className="link-button" onClick={onStop}>
            Stop
          </button>
        </>
      ) : null}
    </output>
  )
}

function NoBucket() {
  const { stores } = useWindow()
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  const { list: known, error } = useFrom(
    (all) => all.buckets,
    (state) => bucketsOf(state, profileId),
  )
  const open = stores.view.getState().openDialog
  if (error !== null && profileId !== null) {
    return (
      <>
        <PaneHeader>
          <h1>Buckets</h1>
        </PaneHeader>
        <div className="pane-note">
          <ErrorHere
            error={error}
            onRetry={() => void stores.buckets.getState().load(profileId)}
            actions={<Button onClick={() => open({ kind: 'profile', profileId })}>Edit profile</Button>}
          />
        </div>
      </>
    )
  }
  if (known !== null && known.buckets.length === 0) {
    return (
      <>
        <PaneHeader>
          <h1>Buckets</h1>
        </PaneHeader>
        <EmptyState
          icon={Database}
          title="No buckets yet"
          action={
            known.listed ? (
              <Button kind="primary" onClick={() => open({ kind: 'create-bucket' })}>
                Create your first bucket
              </Button>
            ) : (
              <Button kind="primary" onClick={() => open({ kind: 'add-bucket' })}>
                Add a bucket by name
              </Button>
            )
          }
        >
          {known.listed
            ? 'A bucket holds the files of a website. Create the first one.'
            : 'This key may not list buckets. Add the ones you use by name.'}
        </EmptyState>
      </>
    )
  }
  return (
    <>
      <PaneHeader>
        <h1>Buckets</h1>
      </PaneHeader>
      <EmptyState icon={Database} title="Choose a bucket">
        Its files appear here. Choose one in the sidebar, or press Ctrl+K and type its name.
      </EmptyState>
    </>
  )
}

function SkeletonRows() {
  return (
    <div className="skeleton-rows" aria-busy="true" aria-label="Loading">
      {[38, 26, 44, 31, 22, 40, 28, 35].map((width) => (
        <div key={width}>
          <span className="skeleton" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  )
}

function toSortColumn(column: string): SortColumn {
  return column === 'size' || column === 'modified' || column === 'type' ? column : 'name'
}
