import type { LinkRecord } from '../../../src-preload/contract/presigned-url.ts'
import { wantedSizeWords } from '../../../src-preload/contract/upload-size.ts'
import type { Column } from '../../components/column.ts'
import { TimeText } from '../../components/time-text.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { arrivedText, linkKindLabels, signerText } from '../../text/link-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom } from '../window-context.ts'

/** What the ledger tells of each link. */
export const linkColumns: readonly Column<LinkRecord>[] = [
  {
    id: 'key',
    label: 'File',
    width: 240,
    name: (record) => visibleName(record.key),
    cell: (record) => <VisibleName name={record.key} />,
  },
  {
    id: 'note',
    label: 'Who for',
    width: 160,
    name: (record) => visibleName(record.note),
    cell: (record) => <VisibleName name={record.note} splitsExtension={false} />,
  },
  { id: 'ends', label: 'Works until', width: 150, cell: (record) => <Ends record={record} /> },
  {
    id: 'kind',
    label: 'Kind',
    width: 190,
    optional: true,
    cell: (record) => <Kind record={record} />,
  },
  {
    id: 'made',
    label: 'Copied',
    width: 110,
    optional: true,
    cell: (record) => <TimeText iso={record.madeAt} relative />,
  },
  {
    id: 'profile',
    label: 'Profile',
    width: 120,
    optional: true,
    cell: (record) => <Profile record={record} />,
  },
  { id: 'bucket', label: 'Bucket', width: 130, optional: true, cell: (record) => record.bucket },
  {
    id: 'signer',
    label: 'Signed with',
    width: 110,
    optional: true,
    cell: ({ signingKey }) =>
      signingKey === null ? '' : <span title={signerText(signingKey)}>{signingKey.hint}</span>,
  },
]

/** Of a link to upload with, what size was asked for, or that something else has come. */
function Kind({ record: { id, kind, size } }: { record: LinkRecord }) {
  const arrival = useFrom(
    (all) => all.links,
    (state) => state.arrivals[id],
  )
  if (size === null) return linkKindLabels[kind]
  if (arrival?.isOtherSize !== true) return `${linkKindLabels[kind]}, ${wantedSizeWords(size)}`
  return (
    <span
      className="danger-text truncate"
      title={`${linkKindLabels[kind]}, ${wantedSizeWords(size)} was asked for`}
    >
      {arrivedText(size, arrival)}
    </span>
  )
}

function Profile({ record: { profileId } }: { record: LinkRecord }) {
  const name = useFrom(
    (all) => all.profiles,
    (state) => state.profiles?.find(({ id }) => id === profileId)?.name,
  )
  // The command line's own profile is that of its environment.
  if (name === undefined)
    return profileId === 'environment' ? 'Command line' : <span className="muted">deleted</span>
  return <VisibleName name={name} splitsExtension={false} />
}

function Ends({ record: { endsAt, revokedAt } }: { record: LinkRecord }) {
  if (revokedAt !== null)
    return (
      <span className="muted" title="Dead as long as nothing else comes to its key.">
        revoked <TimeText iso={revokedAt} relative />
      </span>
    )
  return endsAt === null ? 'Does not expire' : <TimeText iso={endsAt} ends />
}
