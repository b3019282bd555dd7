import { KeyRound, Link2, SearchX } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import type { LinkFilter, LinkList } from '../../../src-preload/contract/presigned-url.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Menu, type MenuEntry } from '../../components/menu.tsx'
import { PaneHeader, SearchField } from '../../components/pane-header.tsx'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { emptySelection } from '../../stores/selection.ts'
import { formatCount } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { applyGesture } from '../select-gesture.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { LeftCopies } from './left-copies.tsx'
import { linkColumns } from './link-columns.tsx'
import { endingOf, linkEntries } from './link-entries.ts'

/** The ledger of links given out: what, whom for and until when; never the link itself. */
export function LinksPane() {
  const { stores } = useWindow()
  const { list, filter, error } = useFrom(
    (all) => all.links,
    (state) => state,
  )
  const [selection, setSelection] = useState(emptySelection)
  const store = stores.links
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  useEffect(() => {
    const { load, loadArrivals } = store.getState()
    void load().then(() => (profileId === null ? undefined : loadArrivals(profileId)))
  }, [store, profileId])
  const links = useMemo(() => list?.links ?? [], [list])
  const order = useMemo(() => links.map(({ id }) => id), [links])
  const headings = useMemo(() => headingsOf(list), [list])
  const rows = useMemo(() => links.map(({ id, key }) => ({ id, name: visibleName(key) })), [links])
  const selected = links.filter(({ id }) => selection.ids.has(id))
  const { openDialog } = stores.view.getState()
  const editNote = () => {
    const [first] = selected
    if (first === undefined) return
    const note = selected.every((each) => each.note === first.note) ? first.note : ''
    openDialog({ kind: 'link-note', linkIds: selected.map(({ id }) => id), note })
  }
  const isFiltered = filter.search !== '' || filter.bucket !== null || filter.signingKeyId !== null
  const setFilter = (change: Partial<LinkFilter>) => {
    setSelection(emptySelection)
    void store.getState().setFilter(change)
  }
  return (
    <>
      <PaneHeader
        search={
          <SearchField
            label="Filter"
            value={filter.search}
            onValue={(search) => setFilter({ search: search.slice(0, 1024) })}
          />
        }
        actions={
          <>
            <BucketMenu
              buckets={list?.buckets ?? []}
              bucket={filter.bucket}
              onBucket={(bucket) => setFilter({ bucket })}
            />
            <Button icon={KeyRound} onClick={() => openDialog({ kind: 'signing-keys' })}>
              By key
            </Button>
          </>
        }
      >
        <h1>Links</h1>
        <span className="muted truncate">The links themselves are not kept.</span>
      </PaneHeader>
      {error === null ? null : (
        <div className="pane-note">
          <ErrorHere error={error} onRetry={() => void store.getState().load()} />
        </div>
      )}
      <LeftCopies />
      {list !== null && links.length === 0 ? (
        isFiltered ? (
          <EmptyState
            icon={SearchX}
            title="Nothing matches"
            action={
              <Button onClick={() => setFilter({ search: '', bucket: null, signingKeyId: null })}>
                Clear filter
              </Button>
            }
          />
        ) : (
          <EmptyState icon={Link2} title="No links yet">
            Select a file and press Ctrl+L (⌘L) to copy a link that expires. It is listed here.
          </EmptyState>
        )
      ) : (
        <VirtualTable
          tableId="links"
          label="Links"
          columns={linkColumns}
          count={links.length}
          headings={headings}
          rowAt={(index) => links[index]}
          rowId={(record) => record.id}
          selected={selection.ids}
          leadIndex={selection.lead === null ? -1 : order.indexOf(selection.lead)}
          onSelect={(gesture) => setSelection(applyGesture(selection, rows, order, gesture))}
          onActivate={editNote}
          onKey={(event) => {
            if (event.key === 'F2') editNote()
            else if (event.key === 'Delete') endingOf(stores, selected)?.()
            else return false
            return true
          }}
          contextEntries={linkEntries(stores, selected, editNote)}
        />
      )}
      <output className="status-line">
        {list === null ? '' : `${formatCount(list.live, 'live link')} of ${list.total.toLocaleString()}`}
        {filter.signingKeyId === null ? null : (
          <Button kind="quiet" onClick={() => setFilter({ signingKeyId: null })}>
            Of all keys
          </Button>
        )}
        {list !== null && list.total > links.length ? (
          <span>{formatCount(list.total - links.length, 'other')} not listed: filter to see them</span>
        ) : null}
      </output>
    </>
  )
}

/** Live links come first; the others have a heading of their own, and so have those then. */
function headingsOf(list: LinkList | null): ReadonlyMap<number, string> {
  if (list === null || list.live >= list.links.length) return new Map()
  return new Map([...(list.live > 0 ? [[0, 'Live'] as const] : []), [list.live, 'Ended or revoked'] as const])
}

function BucketMenu({
  buckets,
  bucket,
  onBucket,
}: {
  buckets: readonly string[]
  bucket: string | null
  onBucket: (bucket: string | null) => void
}) {
  if (buckets.length < 2 && bucket === null) return null
  const entries: MenuEntry[] = [
    { kind: 'item', label: 'All buckets', checked: bucket === null, onSelect: () => onBucket(null) },
    { kind: 'separator' },
    ...buckets.map((name): MenuEntry => ({
      kind: 'item',
      label: name,
      checked: name === bucket,
      onSelect: () => onBucket(name),
    })),
  ]
  return <Menu align="end" trigger={<Button>{bucket ?? 'All buckets'}</Button>} entries={entries} />
}
