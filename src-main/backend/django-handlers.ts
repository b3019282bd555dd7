import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { InputOf, OutputOf } from '../../src-preload/contract/api.ts'
import type { UnplacedDestination } from '../../src-preload/contract/destination.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import type { ProfileStore } from '../profiles/profile-store.ts'
import { leaveImport } from '../settings/import-inbox.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { StoredDestination } from '../settings/settings.ts'
import type { HandlersOf } from './call.ts'
import { checkedDestination, shownDestination } from './destination-handlers.ts'
import type { Folders } from './folders.ts'

/**
 * Django projects in and out. `importsDirectory` is where the command line leaves what it saves, since the settings that
 * it works with are a copy; null where they are the real ones.
 */
export function djangoHandlers(
  store: ProfileStore,
  settings: SettingsFile,
  folders: Folders,
  importsDirectory: string | null,
): HandlersOf<'readDjangoProject' | 'saveDjangoProject' | 'exportDjango' | 'saveDjangoExport'> {
  /** The destinations with their ids, as they would be kept. Throws for the first that cannot be. */
  function stored(inputs: readonly UnplacedDestination[], profileId: string): StoredDestination[] {
    const all = [...settings.current().destinations]
    return inputs.map((input) => {
      const id = `destination_${randomBytes(12).toString('hex')}`
      const destination = { ...checkedDestination({ ...input, profileId }, all), id }
      all.push(destination)
      return destination
    })
  }

  async function exported({
    profileId,
    bucket,
    ...how
  }: InputOf<'exportDjango'>): Promise<OutputOf<'exportDjango'>> {
    const { endpoint, region, addressing } = store.find(profileId)
    const { exportDjango } = await import('../destinations/django/export-django.ts')
    return exportDjango({
      bucket,
      service: { endpoint, region, addressing },
      destinations: settings
        .current()
        .destinations.filter((each) => each.profileId === profileId && each.bucket === bucket),
      ...how,
    })
  }

  return {
    async readDjangoProject({ folderId, settings: wanted, answers }) {
      const path = folders.path(folderId)
      // Loaded when somebody has a project: few commands need it.
      const { readDjangoProject } = await import('../destinations/django/read-project.ts')
      return readDjangoProject(path, basename(path), {
        settings: wanted,
        answers: Object.fromEntries(answers.map(({ name, value }) => [name, value])),
      })
    },
    async saveDjangoProject({ profile: wanted, destinations }) {
      const isNew = !('profileId' in wanted)
      // Looked at before anything is made: all of it is kept, or nothing.
      if (isNew) stored(destinations, 'not-made-yet')
      const profile: Profile = isNew ? await store.create(wanted) : await store.describe(wanted.profileId)
      let added: StoredDestination[] = []
      await settings.update((now) => {
        added = stored(destinations, profile.id)
        return { ...now, destinations: [...now.destinations, ...added] }
      })
      if (importsDirectory !== null)
        await leaveImport(importsDirectory, {
          version: 1,
          profile: isNew ? store.find(profile.id) : null,
          destinations: added,
        })
      return {
        profile,
        destinations: added.map((destination) => shownDestination(destination, folders)),
      }
    },
    exportDjango: (input) => exported(input),
    async saveDjangoExport({ folderId, replace, ...input }) {
      const path = folders.path(folderId)
      const { files } = await exported(input)
      const { writeFiles } = await import('../destinations/django/write-files.ts')
      await writeFiles(path, files, replace)
      return { folder: folders.describe(folderId)!, files: files.map(({ name }) => name) }
    },
  }
}
