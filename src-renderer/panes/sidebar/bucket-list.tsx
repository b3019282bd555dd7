import { Database, FolderLock, FolderSync, Globe, LockKeyhole, Plus, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { Bucket } from '../../../src-preload/contract/bucket.ts'
import type { Profile } from '../../../src-preload/contract/profile.ts'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import { IconButton } from '../../components/button.tsx'
import type { MenuEntry } from '../../components/menu.tsx'
import { ContextMenu, Menu } from '../../components/menu.tsx'
import { SearchField } from '../../components/pane-header.tsx'
import { bucketsOf } from '../../stores/bucket-store.ts'
import { allPresets, destinationsIn, overlapping } from '../../stores/destination-store.ts'
import { selectedProfile } from '../../stores/profile-store.ts'
import { readersHint } from '../../text/destination-text.ts'
import { visibilityWords } from '../../text/visibility-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { DestinationWork } from './destination-work.tsx'

/** More buckets than this get a filter. */
const filterFrom = 6

/** The buckets of the profile in use; the chosen one shows its destinations. */
export function BucketList() {
  const { stores } = useWindow()
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  const { list, loading, error } = useFrom(
    (all) => all.buckets,
    (state) => bucketsOf(state, profileId),
  )
  const selected = useFrom(
    (all) => all.view,
    (state) => state.bucket,
  )
  const [filter, setFilter] = useState('')
  const open = stores.view.getState().openDialog
  const profile = useFrom((all) => all.profiles, selectedProfile)
  const destinations = useFrom(
    (all) => all.destinations,
    (state) => state.destinations,
  )
  // Without keys, or a network, those that are known all the same: an imported project has its destinations there.
  const buckets = list?.buckets ?? (error === null ? [] : namedBuckets(profile, destinations))
  const shown = buckets.filter((bucket) => bucket.name.includes(filter.trim().toLowerCase()))
  const stray =
    selected !== null &&
    (list !== null || error !== null) &&
    !buckets.some((bucket) => bucket.name === selected)

  return (
    <section className="bucket-section" aria-label="Buckets">
      <div className="side-heading">
        <h2>Buckets</h2>
        <IconButton icon={Plus} label="New bucket" onClick={() => open({ kind: 'create-bucket' })} />
      </div>
      {buckets.length >= filterFrom || filter !== '' ? (
        <div className="side-filter">
          <SearchField label="Filter buckets" value={filter} onValue={setFilter} />
        </div>
      ) : null}
      <div className="bucket-scroll">
        {list === null && loading ? <SkeletonBuckets /> : null}
        {error === null ? null : <p className="side-hint">The buckets could not be listed.</p>}
        <ul>
          {stray && selected !== null ? (
            <BucketItem bucket={{ name: selected, createdAt: null, region: null, typedIn: false }} />
          ) : null}
          {shown.map((bucket) => (
            <BucketItem key={bucket.name} bucket={bucket} />
          ))}
        </ul>
        {list !== null && !list.listed ? (
          <p className="side-hint">
            This key may not list buckets. Add the ones you use by name.
            <button type="button" className="link-button" onClick={() => open({ kind: 'add-bucket' })}>
              Add a bucket by name
            </button>
          </p>
        ) : null}
        {list !== null && list.listed && buckets.length === 0 ? (
          <p className="side-hint">No buckets yet.</p>
        ) : null}
        {list !== null && filter !== '' && shown.length === 0 && buckets.length > 0 ? (
          <p className="side-hint">No bucket matches.</p>
        ) : null}
      </div>
    </section>
  )
}

/** The buckets that a profile and its destinations name. */
function namedBuckets(profile: Profile | null, destinations: readonly Destination[]): Bucket[] {
  const own = destinations.filter(({ profileId }) => profileId === profile?.id).map(({ bucket }) => bucket)
  return [...new Set([...(profile?.bucketNames ?? []), ...own])]
    .toSorted()
    .map((name) => ({ name, createdAt: null, region: null, typedIn: true }))
}

function BucketItem({ bucket }: { bucket: Bucket }) {
  const { stores, commands } = useWindow()
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  const selected = useFrom(
    (all) => all.view,
    (state) => state.bucket === bucket.name,
  )
  const inBrowse = useFrom(
    (all) => all.view,
    (state) => state.bucket === bucket.name && state.pane === 'browse',
  )
  const all = useFrom(
    (each) => each.destinations,
    (state) => state.destinations,
  )
  const presets = useFrom(
    (each) => each.destinations,
    (state) => state.presets,
  )
  const view = stores.view.getState()
  const entries: MenuEntry[] = [
    { kind: 'item', label: 'Open', onSelect: () => view.openBucket(bucket.name) },
    {
      kind: 'item',
      label: 'New destination…',
      onSelect: () => {
        view.openBucket(bucket.name)
        view.openDialog({ kind: 'destination', destination: null, preset: 'static' })
      },
    },
    ...(profileId === null
      ? []
      : [
          {
            kind: 'item' as const,
            label: 'Who can read it…',
            onSelect: () => view.openDialog({ kind: 'access', profileId, bucket: bucket.name }),
          },
          {
            kind: 'item' as const,
            label: 'Find what is public…',
            onSelect: () =>
              view.openDialog({ kind: 'leak-scan', profileId, bucket: bucket.name, prefix: '' }),
          },
          {
            kind: 'item' as const,
            label: 'Set up for a website…',
            onSelect: () => view.openDialog({ kind: 'setup-bucket', profileId, bucket: bucket.name }),
          },
          {
            kind: 'item' as const,
            label: 'Django settings…',
            onSelect: () => view.openDialog({ kind: 'django-export', profileId, bucket: bucket.name }),
          },
        ]),
    { kind: 'item', label: 'Copy name', onSelect: () => void commands.copyText(bucket.name, 'Name copied') },
    {
      kind: 'item',
      label: 'Incomplete uploads…',
      onSelect: () => view.openDialog({ kind: 'uploads', bucket: bucket.name }),
    },
    { kind: 'separator' },
    ...(bucket.typedIn
      ? [
          {
            kind: 'item' as const,
            label: 'Remove from list',
            onSelect: () => {
              if (profileId !== null) {
                void stores.buckets.getState().removeName(profileId, bucket.name).then(commands.fail)
                if (selected) view.openBucket(null)
              }
            },
          },
        ]
      : []),
    {
      kind: 'item',
      label: 'Delete bucket…',
      danger: true,
      onSelect: () => view.openDialog({ kind: 'delete-bucket', bucket: bucket.name }),
    },
  ]
  return (
    <li>
      <ContextMenu entries={entries}>
        <button
          type="button"
          className="side-item"
          onClick={() => view.openBucket(bucket.name)}
          {...(inBrowse ? { 'aria-current': 'page' as const } : {})}
          title={bucket.region === null ? bucket.name : `${bucket.name} · ${bucket.region}`}
        >
          <Database size={15} aria-hidden />
          <span className="grow truncate">{bucket.name}</span>
        </button>
      </ContextMenu>
      {selected ? (
        <ul aria-label={`Destinations in ${bucket.name}`}>
          {destinationsIn(all, profileId, bucket.name).map((destination) => (
            <DestinationItem key={destination.id} destination={destination} />
          ))}
          <li>
            <Menu
              trigger={
                <button type="button" className="side-item side-item-nested side-item-quiet">
                  <Plus size={14} aria-hidden />
                  <span className="grow truncate">New destination</span>
                </button>
              }
              entries={allPresets({ presets }).map((preset) => ({
                kind: 'item',
                label: visibleName(preset.name),
                icon: icons[preset.kind][preset.visibility],
                onSelect: () =>
                  view.openDialog({ kind: 'destination', destination: null, preset: preset.id }),
              }))}
            />
          </li>
        </ul>
      ) : null}
    </li>
  )
}

/** A folder that is synced, a lock for what is private, a globe for what everybody can read. */
const icons = {
  static: { public: FolderSync, private: FolderLock },
  media: { public: Globe, private: LockKeyhole },
} as const

function DestinationItem({ destination }: { destination: Destination }) {
  const { stores, commands } = useWindow()
  const current = useFrom(
    (all) => all.view,
    (state) => state.destinationId === destination.id && isDestinationPane(state.pane),
  )
  const overlap = useFrom(
    (all) => all.destinations,
    (state) => overlapping(state.destinations, destination)[0]?.name ?? null,
  )
  const view = stores.view.getState()
  const Icon = icons[destination.kind][destination.visibility]
  return (
    <li>
      <ContextMenu
        entries={[
          { kind: 'item', label: 'Open', onSelect: () => commands.openDestination(destination) },
          {
            kind: 'item',
            label: 'Edit destination…',
            onSelect: () => view.openDialog({ kind: 'destination', destination, preset: 'static' }),
          },
          {
            kind: 'item',
            label: `Make its files ${destination.visibility}…`,
            onSelect: () =>
              destination.visibility === 'public'
                ? commands.makePublic([], [destination.prefix])
                : void commands.makePrivate([], [destination.prefix]),
          },
          {
            kind: 'item',
            label: 'Find what is public…',
            onSelect: () => {
              const { profileId, bucket, prefix } = destination
              view.openDialog({ kind: 'leak-scan', profileId, bucket, prefix })
            },
          },
          { kind: 'separator' },
          {
            kind: 'item',
            label: 'Delete destination…',
            danger: true,
            onSelect: () => view.openDialog({ kind: 'delete-destination', destination }),
          },
        ]}
      >
        <button
          type="button"
          className="side-item side-item-nested"
          onClick={() => commands.openDestination(destination)}
          title={`${destination.bucket}/${destination.prefix} · ${visibilityWords[destination.visibility]}. ${readersHint(destination, null)}${overlap === null ? '' : ` · overlaps with “${overlap}”`}`}
          {...(current ? { 'aria-current': 'page' as const } : {})}
        >
          <Icon size={14} aria-hidden />
          <span className="grow truncate">{destination.name}</span>
          <span className="sr-only"> ({visibilityWords[destination.visibility].toLowerCase()})</span>
          <DestinationWork destination={destination} />
          {overlap === null ? null : (
            <TriangleAlert size={14} className="side-warning" aria-label={`Overlaps with ${overlap}`} />
          )}
        </button>
      </ContextMenu>
    </li>
  )
}

function SkeletonBuckets() {
  return [72, 54, 63].map((width) => (
    <div key={width} className="side-item" aria-hidden>
      <span className="skeleton" style={{ width: `${width}%` }} />
    </div>
  ))
}

function isDestinationPane(pane: string): boolean {
  return pane === 'sync' || pane === 'media'
}
