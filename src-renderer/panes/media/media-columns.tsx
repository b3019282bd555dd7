import { Database, Link, Link2, Replace } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import type { MediaDestination } from '../../../src-preload/contract/destination.ts'
import type { Column } from '../../components/column.ts'
import { FileMark } from '../../components/file-mark.tsx'
import type { MenuEntry } from '../../components/menu.tsx'
import { Thumbnail } from '../../components/thumbnail.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { VisibilityBadge } from '../../components/visibility-badge.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { checkId } from '../../stores/check-store.ts'
import { pictureId } from '../../stores/picture-store.ts'
import type { ListingRow } from '../../stores/listing-rows.ts'
import { fileIcon, fileType } from '../../text/file-type.ts'
import { formatBytes } from '../../text/format.ts'
import { linkFormatChoices } from '../../text/upload-text.ts'
import { visibilityEvidence } from '../../text/visibility-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import type { Commands } from '../commands.ts'
import { useFrom, useWindow } from '../window-context.ts'

/** What else can be copied of the selected objects, and what can take the place of a single one. */
export function copyEntries(destination: MediaDestination, commands: Commands): readonly MenuEntry[] {
  const keys = commands.selectedItems()?.keys ?? []
  const [only] = keys.length === 1 ? keys : []
  return [
    ...linkFormatChoices
      .filter((choice) => choice.value !== 'url')
      .map((choice): MenuEntry => ({
        kind: 'item',
        label: `Copy as ${choice.short}`,
        icon: Link,
        onSelect: () => void commands.copyFormatted(destination, choice.value),
      })),
    {
      kind: 'item',
      label: keys.length > 1 ? 'Copy values for the database' : 'Copy value for the database',
      icon: Database,
      onSelect: () => void commands.copyDatabaseValues(),
    },
    ...(only === undefined
      ? []
      : [
          {
            kind: 'item' as const,
            label: 'Replace…',
            icon: Replace,
            onSelect: () => void commands.replace(only),
          },
        ]),
  ]
}

/** What an unsigned request was answered; asked when the row comes in sight. */
function VisibilityCell({ profileId, bucket, objectKey }: VisibilityCellProps) {
  const { stores } = useWindow()
  const ref = useMemo(() => ({ profileId, bucket, key: objectKey }), [profileId, bucket, objectKey])
  const check = useFrom(
    (all) => all.checks,
    (state) => state.checks[checkId(ref)],
  )
  useEffect(() => stores.checks.getState().look(ref), [stores, ref])
  if (check === undefined) return <span className="muted">…</span>
  return (
    <span className="row" title={check === null ? undefined : visibilityEvidence(check)}>
      <VisibilityBadge visibility={check?.visibility ?? 'unknown'} />
    </span>
  )
}

/** Larger files show their icon, or the thumbnail that a camera has put into a JPEG: a list is not worth fetching them. */
const mostPictureBytes = 1024 * 1024

/** The picture itself where it is a small one, else the icon of its type. */
function PictureMark({ profileId, bucket, row }: { profileId: string; bucket: string; row: ListingRow }) {
  const { stores } = useWindow()
  const { id: key, name, sizeBytes, lastModified } = row
  const ref = useMemo(() => ({ profileId, bucket, key }), [profileId, bucket, key])
  const isRaster = fileIcon(name) === 'image' && fileType(name) !== 'SVG image'
  const isAsked =
    isRaster && sizeBytes !== null && (sizeBytes <= mostPictureBytes || fileType(name) === 'JPEG image')
  const picture = useFrom(
    (all) => all.pictures,
    (state) => state.pictures[pictureId(ref, lastModified)],
  )
  useEffect(
    () => (isAsked && picture === undefined ? stores.pictures.getState().look(ref, lastModified) : undefined),
    [stores, isAsked, picture, ref, lastModified],
  )
  return (
    <span className="thumbnail-place">
      {picture === undefined || picture === null ? (
        <FileMark kind="object" name={name} />
      ) : (
        <Thumbnail picture={picture} />
      )}
    </span>
  )
}

interface VisibilityCellProps {
  profileId: string
  bucket: string
  objectKey: string
}

/** Name, upload, size, visibility and link of each object. */
export function mediaColumns(
  destination: MediaDestination,
  commands: Commands,
): readonly Column<ListingRow>[] {
  return [
    {
      id: 'name',
      label: 'Name',
      width: 240,
      sortable: true,
      name: (row) => visibleName(row.name),
      cell: (row) => (
        <>
          <PictureMark profileId={destination.profileId} bucket={destination.bucket} row={row} />
          <VisibleName name={row.name === '' ? '/' : row.name} />
        </>
      ),
    },
    {
      id: 'modified',
      label: 'Uploaded',
      width: 130,
      sortable: true,
      optional: true,
      cell: (row) => <TimeText iso={row.lastModified} relative />,
    },
    {
      id: 'size',
      label: 'Size',
      width: 90,
      align: 'end',
      sortable: true,
      optional: true,
      cell: (row) => (row.sizeBytes === null ? '' : formatBytes(row.sizeBytes)),
    },
    {
      id: 'visibility',
      label: 'Visibility',
      width: 100,
      optional: true,
      cell: (row) => (
        <VisibilityCell profileId={destination.profileId} bucket={destination.bucket} objectKey={row.id} />
      ),
    },
    {
      id: 'link',
      label: 'Link',
      width: 110,
      cell: (row) => <LinkCell destination={destination} commands={commands} objectKey={row.id} />,
    },
  ]
}

/** The link of an object, of the kind that works for it: what was seen to be private has a link that ends. */
function LinkCell({
  destination,
  commands,
  objectKey,
}: {
  destination: MediaDestination
  commands: Commands
  objectKey: string
}) {
  const { profileId, bucket } = destination
  const seen = useFrom(
    (all) => all.checks,
    (state) => state.checks[checkId({ profileId, bucket, key: objectKey })]?.visibility,
  )
  const visibility = seen === 'public' || seen === 'private' ? seen : destination.visibility
  const copy = () =>
    visibility === 'public' ? commands.copyUrls([objectKey]) : commands.copyLinks(undefined, [objectKey])
  return (
    <button type="button" className="link-button row" onClick={() => void copy()}>
      <Link2 size={13} aria-hidden />
      {visibility === 'public' ? 'Copy URL' : 'Copy link'}
    </button>
  )
}
