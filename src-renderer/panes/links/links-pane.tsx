import { Link2 } from 'lucide-react'
import { useEffect } from 'react'
import type { LinkRecord } from '../../../src-preload/contract/presigned-url.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { PaneHeader } from '../../components/pane-header.tsx'
import { TimeText } from '../../components/time-text.tsx'
import type { Column } from '../../components/column.ts'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { linkKindLabels } from '../../text/link-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

/** The ledger of links given out: what, when and until when; never the link itself. */
export function LinksPane() {
  const { stores } = useWindow()
  const records = useFrom(
    (all) => all.links,
    (state) => state.records,
  )
  const error = useFrom(
    (all) => all.links,
    (state) => state.error,
  )
  useEffect(() => {
    void stores.links.getState().load()
  }, [stores])
  return (
    <>
      <PaneHeader>
        <h1>Links</h1>
        <span className="muted truncate">
          Links that were copied here. The links themselves are not kept.
        </span>
      </PaneHeader>
      {error === null ? null : (
        <div className="pane-note">
          <ErrorHere error={error} onRetry={() => void stores.links.getState().load()} />
        </div>
      )}
      {records !== null && records.length === 0 ? (
        <EmptyState icon={Link2} title="No links yet">
          Select a file and press Ctrl+L (⌘L) to copy a link that expires. It is listed here.
        </EmptyState>
      ) : (
        <VirtualTable
          tableId="links"
          label="Links"
          columns={columns}
          count={records?.length ?? 0}
          rowAt={(index) => records?.[index]}
          rowId={(record) => record.id}
        />
      )}
    </>
  )
}

const columns: readonly Column<LinkRecord>[] = [
  {
    id: 'key',
    label: 'File',
    width: 240,
    name: (record) => visibleName(record.key),
    cell: (record) => <VisibleName name={record.key} />,
  },
  { id: 'bucket', label: 'Bucket', width: 160, optional: true, cell: (record) => record.bucket },
  {
    id: 'kind',
    label: 'Kind',
    width: 110,
    cell: (record) => linkKindLabels[record.kind],
  },
  {
    id: 'made',
    label: 'Copied',
    width: 130,
    cell: (record) => <TimeText iso={record.madeAt} relative />,
  },
  {
    id: 'ends',
    label: 'Works until',
    width: 180,
    cell: (record) => (record.endsAt === null ? 'Does not expire' : <EndsCell endsAt={record.endsAt} />),
  },
]

function EndsCell({ endsAt }: { endsAt: string }) {
  return (
    <>
      <TimeText iso={endsAt} />
      <TimeText iso={endsAt} ended />
    </>
  )
}
