import type { Stores } from '../../stores/create-stores.ts'
import { bucketsOf } from '../../stores/bucket-store.ts'
import { builtInPresetIds, builtInPresets } from '../../../src-preload/contract/built-in-presets.ts'
import { linkExpiryChoices } from '../../../src-preload/contract/link-expiry.ts'
import { visibleName } from '../../text/visible-name.ts'
import type { Commands } from '../commands.ts'

/** One line of the palette. */
export interface PaletteCommand {
  readonly id: string
  readonly name: string
  readonly shortcut?: string
  readonly run: () => void
}

/** Commands that belong together. */
export interface PaletteGroup {
  readonly name: string
  readonly commands: readonly PaletteCommand[]
}

/** What can be done now. Commands about the selection are there only when there is one. */
export function paletteCommands(stores: Stores, commands: Commands): readonly PaletteGroup[] {
  const { view, profiles, buckets, destinations, app } = stores
  const { openDialog, askAboutSync, bucket } = view.getState()
  const profileId = profiles.getState().selectedId
  const items = commands.selectedItems()
  const { keys = [], prefixes = [] } = items ?? {}
  const selected = items !== null && items.keys.length + items.prefixes.length > 0
  const onlyObjects = keys.length > 0 && items?.prefixes.length === 0
  const groups: PaletteGroup[] = []
  const add = (name: string, list: readonly (PaletteCommand | null)[]) => {
    const real = list.filter((each) => each !== null)
    if (real.length > 0) groups.push({ name, commands: real })
  }
  const command = (name: string, run: () => void, shortcut?: string): PaletteCommand => ({
    id: name,
    name,
    run,
    ...(shortcut === undefined ? {} : { shortcut }),
  })

  if (selected) {
    add('Selection', [
      ...(onlyObjects
        ? [
            command('Copy link', () => void commands.copyLinks(), 'Ctrl+L'),
            ...linkExpiryChoices.map((choice) =>
              command(`Copy link for ${choice.label}`, () => void commands.copyLinks(choice.seconds)),
            ),
            command('Copy link for another time…', () => openDialog({ kind: 'custom-expiry', keys })),
            command('Copy URL', () => void commands.copyUrls()),
            ...(keys.length === 1 ? [command('Share link…', () => commands.shareLink())] : []),
            ...(keys.length === 1 ? [command('Rename', commands.renameSelected, 'F2')] : []),
          ]
        : []),
      command('Make public…', () => commands.makePublic(keys, prefixes)),
      command('Make private', () => void commands.makePrivate(keys, prefixes)),
      command('Download', () => void commands.download()),
      command('Delete', commands.deleteSelected, 'Del'),
    ])
  }
  add('Go to', [
    command('Browse', () => commands.showPane('browse'), 'Ctrl+1'),
    command('Sync', () => commands.showPane('sync'), 'Ctrl+2'),
    command('Media', () => commands.showPane('media'), 'Ctrl+3'),
    command('Links', () => commands.showPane('links'), 'Ctrl+4'),
    command('Transfers', () => commands.showPane('transfers'), 'Ctrl+5'),
    command('Settings', () => commands.showPane('settings')),
  ])
  const offers = commands.syncOffers()
  if (offers !== null) {
    const { destination } = offers
    const inFront = (run: () => void) => () => {
      commands.showPane('sync')
      run()
    }
    const { watchId } = offers
    add(`Sync ${visibleName(destination.name)}`, [
      offers.plan
        ? command(
            'Plan sync',
            inFront(() => void commands.planSync(destination)),
          )
        : null,
      offers.apply
        ? command(
            'Apply the plan',
            inFront(() => commands.applySync(destination)),
          )
        : null,
      offers.stop
        ? command(
            'Stop the sync',
            inFront(() => void commands.stopSync(destination)),
          )
        : null,
      offers.watch
        ? command(
            'Watch the folder…',
            inFront(() => askAboutSync({ kind: 'watch', destination })),
          )
        : null,
      watchId === null
        ? null
        : command(
            'Stop watching',
            inFront(() => void commands.stopWatch(watchId)),
          ),
      offers.undo
        ? command(
            'Undo last sync…',
            inFront(() => void commands.undoLastSync(destination)),
          )
        : null,
    ])
  }
  add(
    'Destinations',
    destinations
      .getState()
      .destinations.filter((each) => each.profileId === profileId)
      .map((each) => ({
        id: `destination ${each.id}`,
        name: `${each.name} · ${each.bucket}/${each.prefix}`,
        run: () => commands.openDestination(each),
      })),
  )
  add(
    'Buckets',
    (bucketsOf(buckets.getState(), profileId).list?.buckets ?? []).map((each) => ({
      id: `bucket ${each.name}`,
      name: each.name,
      run: () => view.getState().openBucket(each.name),
    })),
  )
  add('Files', [
    bucket === null ? null : command('Upload files…', () => void commands.upload('files')),
    bucket === null ? null : command('Upload folder…', () => void commands.upload('folder')),
    bucket === null ? null : command('Request an upload…', () => commands.requestUpload()),
    bucket === null ? null : command('New folder', () => openDialog({ kind: 'new-folder' })),
    bucket === null || profileId === null
      ? null
      : command('Who can read this bucket…', () => openDialog({ kind: 'access', profileId, bucket })),
    bucket === null || profileId === null
      ? null
      : command('Find what is public…', () =>
          openDialog({ kind: 'leak-scan', profileId, bucket, prefix: view.getState().prefix }),
        ),
    bucket === null ? null : command('Incomplete uploads…', () => openDialog({ kind: 'uploads', bucket })),
    bucket === null || profileId === null
      ? null
      : command('Django settings of this bucket…', () =>
          openDialog({ kind: 'django-export', profileId, bucket }),
        ),
    command('Refresh', () => void commands.refresh(), 'F5'),
    command('Show or hide the inspector', commands.toggleInspector, 'Ctrl+I'),
  ])
  add('Create', [
    profileId === null ? null : command('New bucket', () => openDialog({ kind: 'create-bucket' })),
    profileId === null ? null : command('Add a bucket by name', () => openDialog({ kind: 'add-bucket' })),
    ...(bucket === null
      ? []
      : [
          ...builtInPresetIds.map((preset) =>
            command(`New ${builtInPresets[preset].name.toLowerCase()} destination`, () =>
              openDialog({ kind: 'destination', destination: null, preset }),
            ),
          ),
          ...destinations
            .getState()
            .presets.map(({ id: preset, name }) =>
              command(`New destination from “${visibleName(name)}”`, () =>
                openDialog({ kind: 'destination', destination: null, preset }),
              ),
            ),
          command('Delete bucket…', () => openDialog({ kind: 'delete-bucket', bucket })),
        ]),
  ])
  add('Profiles', [
    ...(profiles.getState().profiles ?? [])
      .filter((each) => each.id !== profileId)
      .map((each) => ({
        id: `profile ${each.id}`,
        name: `Switch to ${each.name}`,
        run: () => profiles.getState().select(each.id),
      })),
    command('Connect a bucket', () => openDialog({ kind: 'profile', profileId: null })),
    command('Use my AWS profiles', () => openDialog({ kind: 'aws-profiles' })),
    command('Import a Django project…', () => openDialog({ kind: 'django-import' })),
    command('Try it here', () => void commands.tryItHere()),
    profileId === null ? null : command('Edit profile…', () => openDialog({ kind: 'profile', profileId })),
    profileId === null ? null : command('Duplicate profile', () => void commands.duplicateProfile(profileId)),
    profileId === null
      ? null
      : command('Delete profile…', () => openDialog({ kind: 'delete-profile', profileId })),
  ])
  const theme = (name: string, value: 'system' | 'light' | 'dark') =>
    command(name, () => void app.getState().setPreferences({ theme: value }).then(commands.fail))
  add('Window', [
    theme('Light theme', 'light'),
    theme('Dark theme', 'dark'),
    theme('Theme as the system', 'system'),
    command('Keyboard shortcuts', () => openDialog({ kind: 'shortcuts' })),
  ])
  return groups
}
