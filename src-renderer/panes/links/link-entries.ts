import { FolderOpen, Link2Off, StickyNote } from 'lucide-react'
import type { LinkRecord } from '../../../src-preload/contract/presigned-url.ts'
import type { MenuEntry } from '../../components/menu.tsx'
import type { Stores } from '../../stores/create-stores.ts'

/** Opens the dialog that ends all links to what a link leads to; null where there is nothing to end, or no way to do it. */
export function endingOf(stores: Stores, selected: readonly LinkRecord[]): (() => void) | null {
  const [record, ...others] = selected
  if (record === undefined || others.length > 0 || record.kind === 'upload') return null
  const { bucket, key, service, endsAt, revokedAt } = record
  const isLive = revokedAt === null && (endsAt === null || Date.parse(endsAt) > Date.now())
  const { selectedId } = stores.profiles.getState()
  // What the command line made belongs to no profile: the one in front is tried, if it reaches the same service.
  const profileId = isKnown(stores, record) ? record.profileId : service === null ? null : selectedId
  if (!isLive || profileId === null) return null
  const target = { profileId, bucket, key }
  return () => stores.view.getState().openDialog({ kind: 'revoke-links', target, service })
}

function isKnown(stores: Stores, { profileId }: LinkRecord): boolean {
  return (stores.profiles.getState().profiles ?? []).some(({ id }) => id === profileId)
}

/** The menu of the selected links. */
export function linkEntries(
  stores: Stores,
  selected: readonly LinkRecord[],
  editNote: () => void,
): readonly MenuEntry[] {
  const only = selected.length === 1 ? selected[0] : undefined
  const end = endingOf(stores, selected)
  return [
    {
      kind: 'item',
      label: 'Who it is for…',
      icon: StickyNote,
      shortcut: 'F2',
      disabled: selected.length === 0,
      onSelect: editNote,
    },
    {
      kind: 'item',
      label: 'Show the file',
      icon: FolderOpen,
      disabled: only === undefined || !isKnown(stores, only),
      onSelect: () => {
        if (only === undefined) return
        const { profiles, view } = stores
        profiles.getState().select(only.profileId)
        const key = only.movedTo ?? only.key
        view.getState().openBucket(only.bucket, key.slice(0, key.lastIndexOf('/') + 1))
      },
    },
    { kind: 'separator' },
    {
      kind: 'item',
      label: 'End all links to it…',
      icon: Link2Off,
      shortcut: 'Del',
      danger: true,
      disabled: end === null,
      onSelect: () => end?.(),
    },
  ]
}
