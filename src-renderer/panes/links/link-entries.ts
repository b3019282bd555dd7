import { FolderOpen, Link2Off, StickyNote } from 'lucide-react'
import type { LinkRecord } from '../../../src-preload/contract/presigned-url.ts'
import type { MenuEntry } from '../../components/menu.tsx'
import type { Stores } from '../../stores/create-stores.ts'

/** The menu of the selected links. */
export function linkEntries(
  stores: Stores,
  selected: readonly LinkRecord[],
  editNote: () => void,
): readonly MenuEntry[] {
  const only = selected.length === 1 ? selected[0] : undefined
  const { profiles, selectedId } = stores.profiles.getState()
  const isHere = only !== undefined && (profiles ?? []).some(({ id }) => id === only.profileId)
  // What the command line made belongs to no profile: the one in front is tried, if it reaches the same service.
  const profileId = isHere ? only.profileId : only?.service == null ? null : selectedId
  const isLive =
    only !== undefined &&
    only.revokedAt === null &&
    (only.endsAt === null || Date.parse(only.endsAt) > Date.now())
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
      disabled: !isHere,
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
      label: 'End this link…',
      icon: Link2Off,
      danger: true,
      disabled: !isLive || profileId === null || only.kind === 'upload',
      onSelect: () => {
        if (only === undefined || profileId === null) return
        const { bucket, key, service } = only
        const target = { profileId, bucket, key }
        stores.view.getState().openDialog({ kind: 'revoke-links', target, service })
      },
    },
  ]
}
