import { FileMark } from '../../components/file-mark.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import type { Column } from '../../components/column.ts'
import type { ListingRow } from '../../stores/listing-rows.ts'
import { fileType } from '../../text/file-type.ts'
import { formatBytes } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'

/** The columns of the browse pane. */
export const browseColumns: readonly Column<ListingRow>[] = [
  {
    id: 'name',
    label: 'Name',
    width: 240,
    sortable: true,
    name: (row) => visibleName(row.name),
    cell: (row) => (
      <>
        <FileMark kind={row.kind} name={row.name} />
        <VisibleName name={row.name === '' ? '/' : row.name} splitsExtension={row.kind === 'object'} />
      </>
    ),
  },
  {
    id: 'size',
    label: 'Size',
    width: 90,
    align: 'end',
    sortable: true,
    cell: (row) => (row.sizeBytes === null ? '' : formatBytes(row.sizeBytes)),
  },
  {
    id: 'modified',
    label: 'Modified',
    width: 180,
    sortable: true,
    optional: true,
    cell: (row) => (row.lastModified === null ? null : <TimeText iso={row.lastModified} />),
  },
  {
    id: 'type',
    label: 'Type',
    width: 130,
    sortable: true,
    optional: true,
    cell: (row) => (row.kind === 'folder' ? 'Folder' : fileType(row.name)),
  },
  {
    id: 'class',
    label: 'Storage class',
    width: 120,
    optional: true,
    startsHidden: true,
    cell: (row) => row.storageClass ?? '',
  },
]
