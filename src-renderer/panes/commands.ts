import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { FolderPurpose } from '../../src-preload/contract/selection.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { Stores } from '../stores/create-stores.ts'
import { destinationsIn, isMedia } from '../stores/destination-store.ts'
import { selectedProfile } from '../stores/profile-store.ts'
import type { UploadTarget } from '../stores/upload-rules.ts'
import { errorDetails } from '../text/error-text.ts'
import { formatCount } from '../text/format.ts'
import { announceDone, announceError } from './announce.ts'
import { createLinkCommands } from './link-commands.ts'
import { createMediaCommands } from './media-commands.ts'
import { createShareCommands } from './share-commands.ts'
import { createSyncCommands } from './sync-commands.ts'
import { createVisibilityCommands } from './visibility-commands.ts'

/** Everything that buttons, menus, shortcuts and the palette do alike. */
export type Commands = ReturnType<typeof createCommands>

/** What is selected in the pane in front, folders and objects apart. */
export interface SelectedItems {
  readonly profileId: string
  readonly bucket: string
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
}

/** Makes the commands of a window from its stores. */
export function createCommands(stores: Stores) {
  const { app, view, profiles, buckets, destinations, browse, media, details, uploads, objects } = stores

  const copyDetails = (error: AppError) => {
    const version = app.getState().info?.version ?? ''
    void app.getState().copyText(errorDetails(error, version))
  }
  const fail = (error: AppError | null): boolean => {
    if (error === null) return false
    announceError(error, () => copyDetails(error))
    return true
  }

  const frontListing = () => (view.getState().pane === 'media' ? media : browse)

  const selectedItems = (): SelectedItems | null => {
    const { place, folders, selection } = frontListing().getState()
    const { pane } = view.getState()
    if (place === null || (pane !== 'browse' && pane !== 'media')) return null
    const known = new Set(folders)
    const ids = [...selection.ids]
    return {
      profileId: place.profileId,
      bucket: place.bucket,
      keys: ids.filter((id) => !known.has(id)),
      prefixes: ids.filter((id) => known.has(id)),
    }
  }

  const refs = (keys?: readonly string[]): readonly ObjectRef[] => {
    const items = selectedItems()
    if (items === null) return []
    return (keys ?? items.keys).map((key) => ({ profileId: items.profileId, bucket: items.bucket, key }))
  }

  const refresh = async () => {
    const { selectedId } = profiles.getState()
    await Promise.all([
      frontListing().getState().reload(),
      details.getState().reload(),
      ...(selectedId === null ? [] : [buckets.getState().load(selectedId)]),
    ])
  }

  const linkCommands = createLinkCommands({ stores, fail, refresh, refs })

  const pickFolder = async (purpose: FolderPurpose) => {
    let typedPath: string | null = null
    if (app.getState().info?.host === 'browser') {
      typedPath = await view.getState().askFolderPath(purpose)
      if (typedPath === null) return null
    }
    const result = await objects.chooseFolder({ purpose, typedPath })
    if (result.ok) return result.value
    fail(result.error)
    return null
  }

  const download = async () => {
    const items = selectedItems()
    if (items === null || items.keys.length + items.prefixes.length === 0) return
    const folder = await pickFolder('download')
    if (folder === null) return
    const result = await objects.startDownload({
      profileId: items.profileId,
      bucket: items.bucket,
      keys: [...items.keys],
      prefixes: [...items.prefixes],
      folderId: folder.folderId,
    })
    if (result.ok) {
      announceDone({
        title: `Downloading ${formatCount(result.value.transfers, 'file')}`,
        body: `Into ${folder.name}.`,
      })
    } else fail(result.error)
  }

  /** Where files would go if they were dropped or chosen now, or into `folder`; null when nowhere. */
  const uploadTarget = (folder?: string): UploadTarget | null => {
    const { pane, bucket, destinationId, prefix: here } = view.getState()
    const prefix = folder ?? here
    const profileId = profiles.getState().selectedId
    if (profileId === null || bucket === null) return null
    const all = destinationsIn(destinations.getState().destinations, profileId, bucket)
    if (folder === undefined && (pane === 'media' || pane === 'sync')) {
      const destination = all.filter(isMedia).find((each) => each.id === destinationId)
      if (destination !== undefined) return { profileId, bucket, prefix: destination.prefix, destination }
    }
    // A folder inside of a media destination follows its rules.
    const around = all
      .filter(isMedia)
      .filter((each) => each.prefix !== '' && prefix.startsWith(each.prefix))
      .sort((a, b) => b.prefix.length - a.prefix.length)[0]
    return { profileId, bucket, prefix, destination: around ?? null }
  }

  return {
    fail,
    copyDetails,
    selectedItems,
    uploadTarget,
    download,
    ...linkCommands,
    ...createShareCommands({ stores, refs, uploadTarget }),
    ...createVisibilityCommands({ stores, fail }),
    ...createSyncCommands({ stores, fail }),
    ...createMediaCommands({ stores, fail, refs, handOutLinks: linkCommands.handOutLinks }),
    pickFolder,
    copyText: async (text: string, title: string) => {
      if (!fail(await app.getState().copyText(text))) announceDone({ title, body: '' })
    },
    upload: async (kind: 'files' | 'folder') => {
      const target = uploadTarget()
      if (target !== null) fail(await uploads.getState().choose(kind, target))
    },
    renameSelected: () => {
      const items = selectedItems()
      const key = items?.keys[0]
      if (items?.prefixes.length === 0 && items.keys.length === 1 && key !== undefined) {
        view.getState().openDialog({ kind: 'rename', key })
      }
    },
    deleteSelected: () => {
      const items = selectedItems()
      if (items !== null && items.keys.length + items.prefixes.length > 0) {
        view.getState().openDialog({ kind: 'delete', keys: items.keys, prefixes: items.prefixes })
      }
    },
    toggleInspector: () => {
      const open = app.getState().info?.preferences.inspectorOpen ?? false
      void app.getState().setPreferences({ inspectorOpen: !open })
    },
    refresh,
    goUp: () => {
      const { prefix } = view.getState()
      if (prefix === '') return
      view.getState().openPrefix(prefix.slice(0, prefix.lastIndexOf('/', prefix.length - 2) + 1))
      // As in a file manager, the folder that was left is selected.
      browse.getState().setSelection({ ids: new Set([prefix]), anchor: prefix, lead: prefix })
    },
    /** A path typed into the breadcrumb: `prefix/` within the bucket, or `bucket/prefix/`. */
    openPath: (path: string) => {
      const bucket = view.getState().bucket
      const clean = path
        .trim()
        .replace(/^s3:\/\//, '')
        .replace(/^\/+/, '')
      const [head = '', ...rest] = clean.split('/')
      const { selectedId, profiles: known } = profiles.getState()
      const names = buckets.getState().byProfile[selectedId ?? '']?.list?.buckets ?? []
      const tail = rest.join('/')
      const folder = (text: string) => (text === '' || text.endsWith('/') ? text : `${text}/`)
      if (known === null) return
      if (head === bucket || names.some((each) => each.name === head))
        view.getState().openBucket(head, folder(tail))
      else view.getState().openPrefix(folder(clean))
    },
    openDestination: (destination: Destination) => view.getState().openDestination(destination),
    /** Switches to a pane; Sync and Media choose a destination of theirs when none is chosen. */
    showPane: (pane: ReturnType<typeof view.getState>['pane']) => {
      if (pane === 'sync' || pane === 'media') {
        const kind = pane === 'sync' ? 'static' : 'media'
        const all = destinations.getState().destinations
        const { bucket, destinationId } = view.getState()
        const profileId = profiles.getState().selectedId
        const mine = all.filter((each) => each.profileId === profileId && each.kind === kind)
        const chosen =
          mine.find((each) => each.id === destinationId) ??
          mine.find((each) => each.bucket === bucket) ??
          mine[0]
        if (chosen !== undefined) {
          view.getState().openDestination(chosen)
          return
        }
      }
      view.getState().showPane(pane)
    },
    tryItHere: async () => {
      const result = await profiles.getState().startPlayground()
      if (!result.ok) {
        fail(result.error)
        return false
      }
      profiles.getState().select(result.value.profile.id)
      return true
    },
    profile: () => selectedProfile(profiles.getState()),
    duplicateProfile: async (profileId: string) => {
      const result = await profiles.getState().duplicate(profileId)
      if (result.ok) {
        profiles.getState().select(result.value.id)
        view.getState().openDialog({ kind: 'profile', profileId: result.value.id })
      } else fail(result.error)
    },
  }
}
